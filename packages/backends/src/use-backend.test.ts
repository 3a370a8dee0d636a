import { isUserError } from '@agoge/core';
import {
  getBackend,
  getKernel,
  getKernelsForBackend,
  matMul,
  registerBackend,
  removeBackend,
  tensor2d,
} from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type BackendName, useBackend } from './use-backend';

afterEach(() => {
  vi.doUnmock('@tensorflow/tfjs-backend-wasm');
  vi.doUnmock('@tensorflow/tfjs-backend-cpu');
});

const absent = (name: string) => () => {
  throw new Error(`Cannot find package '${name}'`);
};

const repaired = Symbol.for('@agoge/backends/repaired');

describe('useBackend', () => {
  it('leaves the kernels as they come where repair is false', async () => {
    const stock = (name: string) => getKernelsForBackend(name).every(({ kernelFunc }) => !(repaired in kernelFunc));
    await useBackend('wasm', { repair: false });
    expect(getBackend()).toBe('wasm');
    expect(stock('wasm')).toBe(true);
    await useBackend('wasm', { repair: true });
    expect(stock('wasm')).toBe(false);
  });

  it.each(['wasm', 'cpu'] as const)('starts %s, makes it current and repairs it', async (name) => {
    const choice = await useBackend(name);
    expect(choice.name).toBe(name);
    expect(choice.why).toMatch(name === 'wasm' ? /^wasm \((no )?SIMD, 1 thread\): asked for$/ : /^cpu .*: asked for$/);
    expect(getBackend()).toBe(name);
    expect(Object.getOwnPropertySymbols(getKernel('AvgPoolGrad', name).kernelFunc)).toHaveLength(1);
    expect([...(await matMul(tensor2d([[1, 2]]), tensor2d([[3], [4]])).data())]).toEqual([11]);
  });

  it('takes wasm by default, and says that it is the fastest that started', async () => {
    const choice = await useBackend();
    expect(choice.name).toBe('wasm');
    expect(choice.why).toMatch(/^wasm \(.*\): the fastest that started$/);
  });

  it('goes back to a backend that already runs', async () => {
    for (const name of ['wasm', 'cpu', 'wasm'] as const) {
      await useBackend(name);
      expect(getBackend()).toBe(name);
    }
  });

  it('auto takes cpu where wasm cannot be loaded, and says why', async () => {
    vi.doMock('@tensorflow/tfjs-backend-wasm', absent('@tensorflow/tfjs-backend-wasm'));
    const { name, why } = await useBackend('auto');
    expect(name).toBe('cpu');
    expect(why).toMatch(/^cpu .*: the fastest that started; wasm did not start: .+/);
  });

  it('one asked for by name fails rather than fall back, and leaves the current one current', async () => {
    await useBackend('cpu');
    vi.doMock('@tensorflow/tfjs-backend-wasm', absent('@tensorflow/tfjs-backend-wasm'));
    await expect(useBackend('wasm')).rejects.toThrow(/^useBackend: wasm did not start: /);
    expect(getBackend()).toBe('cpu');
    expect([...(await matMul(tensor2d([[1, 2]]), tensor2d([[3], [4]])).data())]).toEqual([11]);
  });

  it('auto lists every failure where none starts', async () => {
    vi.doMock('@tensorflow/tfjs-backend-wasm', absent('@tensorflow/tfjs-backend-wasm'));
    vi.doMock('@tensorflow/tfjs-backend-cpu', absent('@tensorflow/tfjs-backend-cpu'));
    await expect(useBackend('auto')).rejects.toThrow(
      /no backend started: onnx did not start: .+; wasm did not start: .+; cpu did not start: .+/,
    );
  });

  it('refuses onnx and says what it needs', async () => {
    const error = await useBackend('onnx').catch((each) => each);
    expect(error.name).toBe('BackendError');
    expect(error.message).toBe(
      'useBackend: onnx did not start: it needs @agoge/backend-onnx: install it with onnxruntime-node, and import it',
    );
    expect(isUserError(error)).toBe(true);
  });

  it('refuses an unknown name with the list of the known', async () => {
    const known = '"auto", "onnx", "tensorflow", "webgpu", "webgl", "wasm", "cpu"';
    await expect(useBackend('gpu' as BackendName)).rejects.toThrow(
      new RangeError(`useBackend: name must be one of ${known}, got "gpu"`),
    );
    await expect(useBackend(3 as never)).rejects.toThrow(TypeError);
  });

  it('refuses unknown options and paths of the wrong kind', async () => {
    await expect(useBackend('cpu', { wasmPath: '/' } as never)).rejects.toThrow(
      'useBackend: unknown option "wasmPath"; did you mean "wasmPaths"?',
    );
    await expect(useBackend('cpu', { repair: 'no' as never })).rejects.toThrow(
      'useBackend: repair must be true or false, got "no"',
    );
    await expect(useBackend('cpu', { onnx: { threads: 2 } })).rejects.toThrow(
      'useBackend: onnx holds settings of the onnx backend, got them for cpu',
    );
    await expect(useBackend('auto', { onnx: { thread: 2 } as never })).rejects.toThrow(
      'useBackend: onnx: unknown option "thread"; did you mean "threads"?',
    );
    await expect(useBackend('cpu', { wasmPaths: 3 as never })).rejects.toThrow(
      'useBackend: wasmPaths must be a string or an object of strings, got 3',
    );
  });

  it('puts the current one back when wasm finds no binary', async () => {
    await useBackend('cpu');
    removeBackend('wasm');
    registerBackend('wasm', () => Promise.reject(new Error('no binary')));
    const warning = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await expect(useBackend('wasm')).rejects.toThrow(/wasm did not start: .*could not initialise it.*give wasmPaths/);
    expect(getBackend()).toBe('cpu');
    expect(warning).toHaveBeenCalled();
    warning.mockRestore();
  });
});
