import { useBackend } from '@agoge/backends';
import { backend, getBackend, matMul, removeBackend, square, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { configureOnnx, type OnnxBackend } from './index';

const onnx = () => backend() as OnnxBackend;
afterEach(() => {
  vi.doUnmock('./runtime');
  vi.resetModules();
  configureOnnx({ threads: 0, providers: ['cpu'] });
});

/** The package as it registers itself where its runtime does not load. */
async function withRuntime(loadRuntime: () => never): Promise<void> {
  removeBackend('onnx');
  vi.resetModules();
  vi.doMock('./runtime', () => ({ loadRuntime, runtimeVersion: '1.30.0' }));
  vi.spyOn(console, 'warn').mockImplementation(() => {}); // its kernels are registered again
  await import('./index');
  vi.restoreAllMocks();
}

describe('useBackend', () => {
  it('auto takes onnx first, and says in what form', async () => {
    const { name, why } = await useBackend('auto', { onnx: { threads: 2 } });
    expect([name, getBackend()]).toEqual(['onnx', 'onnx']);
    expect(why).toBe('onnx (ONNX Runtime 1.30.0, 2 threads): the fastest that started');
    expect([...(await matMul(tensor2d([[1, 2]]), tensor2d([[3], [4]])).data())]).toEqual([11]);
  });

  it('sets what is given on a backend that runs, which keeps its tensors and what waits', async () => {
    await useBackend('onnx', { onnx: { threads: 2 } });
    const x = tensor1d([1, 2]);
    const y = square(x);
    const { why } = await useBackend('onnx', { onnx: { threads: 1 } });
    expect(why).toBe('onnx (ONNX Runtime 1.30.0, 1 thread): asked for');
    expect(onnx().report()).toMatchObject({ threads: 1, providers: ['cpu'], kept: 0 });
    expect([...(await y.data()), ...(await square(x).data())]).toEqual([1, 4, 1, 4]);
    await useBackend('onnx');
    expect(onnx().report().threads).toBe(1);
  });

  it.each([
    [{ threads: 1.5 }, 'useBackend: onnx: threads must be an integer >= 0, got 1.5'],
    [{ providers: 'cuda' }, 'useBackend: onnx: providers must be an array of a string, got "cuda"'],
    [{ thread: 1 }, 'useBackend: onnx: unknown option "thread"; did you mean "threads"?'],
  ])('refuses %j', async (settings, message) => {
    await expect(useBackend('onnx', { onnx: settings as never })).rejects.toThrow(message);
  });

  it('says which provider is not to be had, leaves the current backend, and takes none in its stead', async () => {
    await useBackend('cpu');
    const failed = await useBackend('onnx', { onnx: { providers: ['moonshine'] } }).catch((each) => each);
    expect(failed.message).toMatch(
      /^useBackend: onnx did not start: configureOnnx: providers: this onnxruntime-node has cpu, .*; got "moonshine"$/,
    );
    expect(failed.name).toBe('BackendError');
    expect(getBackend()).toBe('cpu');
    expect((await useBackend('onnx')).why).toMatch(/^onnx \(ONNX Runtime 1\.30\.0, \d+ threads?\): asked for$/);
  });

  it('auto passes over it without a word where onnxruntime-node is not installed, and by name it says what to install', async () => {
    const cause = new Error("Cannot find module 'onnxruntime-node/package.json'");
    await withRuntime(() => {
      throw new Error('onnx: it needs onnxruntime-node: npm install it', { cause });
    });
    expect((await useBackend('auto')).why).toMatch(/^wasm \(.*\): the fastest that started$/);
    await expect(useBackend('onnx')).rejects.toThrow(
      /^useBackend: onnx did not start: it needs onnxruntime-node: npm install it$/,
    );
    expect(getBackend()).toBe('wasm');
  });

  it('auto says why where it is installed and fails', async () => {
    await withRuntime(() => {
      throw new Error('onnx: onnxruntime-node 1.30.0 has no binary for plan9 on arm64');
    });
    const { why } = await useBackend('auto');
    expect(why).toMatch(
      /^wasm .*: the fastest that started; onnx did not start: onnxruntime-node 1\.30\.0 has no binary for plan9 on arm64$/,
    );
  });
});
