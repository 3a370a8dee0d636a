import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backend, getBackend, registerBackend, removeBackend, setBackend, tensor1d } from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { OnnxBackend } from './onnx-backend';
import { loadRuntime } from './runtime';
import './index';

const folder = mkdtempSync(join(tmpdir(), 'agoge-runtime-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const advice = 'npm install --ignore-scripts onnxruntime-node@1.30.0';

const load = (require: NodeJS.Require) => () => loadRuntime({ threads: 1, providers: ['cpu'] }, undefined, require);

/** As where nothing is installed. */
const nothing = ((path: string) => {
  throw Object.assign(new Error(`Cannot find module '${path}'`), { code: 'MODULE_NOT_FOUND' });
}) as unknown as NodeJS.Require;

/** A project of its own with an onnxruntime-node whose binding is the given program. */
function installed(version: string, binding = ''): NodeJS.Require {
  const project = mkdtempSync(join(folder, 'project-'));
  const runtime = join(project, 'node_modules/onnxruntime-node');
  mkdirSync(join(runtime, 'dist'), { recursive: true });
  writeFileSync(join(runtime, 'package.json'), JSON.stringify({ name: 'onnxruntime-node', version }));
  writeFileSync(join(runtime, 'dist/binding.js'), binding);
  return createRequire(join(project, 'program.js'));
}

describe('loadRuntime', () => {
  it('says how to install what is not installed', () => {
    expect(load(nothing)).toThrow(`onnx: it needs onnxruntime-node: ${advice}`);
  });

  it('refuses another version and says which it needs', () => {
    expect(load(installed('1.21.0'))).toThrow(
      `onnx: it needs onnxruntime-node 1.30.0, and 1.21.0 is installed: ${advice}`,
    );
  });

  it('says that there is no binary for the platform', () => {
    const { platform, arch } = process;
    expect(load(installed('1.30.0', "require('../bin/napi-v6/plan9/mips/onnxruntime_binding.node')"))).toThrow(
      `onnx: onnxruntime-node 1.30.0 has no binary for ${platform} on ${arch}`,
    );
  });

  it('passes on why a binary that is there does not load', () => {
    const binding = 'throw new Error("libc.so.6: version `GLIBC_2.99\' not found\\nmore")';
    expect(load(installed('1.30.0', binding))).toThrow(
      "onnx: onnxruntime-node 1.30.0 does not load: libc.so.6: version `GLIBC_2.99' not found",
    );
  });
});

describe('the backend', () => {
  it('that cannot start says why by a warning, as tfjs has it, and another goes on', async () => {
    await setBackend('cpu');
    registerBackend('onnx elsewhere', () => {
      load(nothing)();
      return new OnnxBackend();
    });
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    expect(await setBackend('onnx elsewhere')).toBe(false);
    expect(warned.mock.calls.flat().join('\n')).toContain(`onnx: it needs onnxruntime-node: ${advice}`);
    warned.mockRestore();
    removeBackend('onnx elsewhere');
    await setBackend('cpu');
    expect([...(await tensor1d([1]).data())]).toEqual([1]);
  });

  it('that was removed keeps what it computed, and says so of what it did not', async () => {
    const { add, square } = await import('@tensorflow/tfjs-core');
    await setBackend('onnx');
    const first = backend() as OnnxBackend;
    const x = tensor1d([1, 2]);
    const done = square(x);
    await done.data();
    const waiting = add(x, 1);
    removeBackend('onnx');
    await expect(waiting.data()).rejects.toThrow('onnx: the backend was removed before this was computed');
    registerBackend('onnx', () => new OnnxBackend());
    await setBackend('onnx');
    expect(getBackend()).toBe('onnx');
    expect(backend()).not.toBe(first);
    expect([...(await add(done, 1).data())]).toEqual([2, 5]);
  });
});
