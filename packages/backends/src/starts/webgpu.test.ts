import { findBackendFactory, registerBackend } from '@tensorflow/tfjs-core';
import { afterEach, expect, it, vi } from 'vitest';
import type { useBackend } from '../use-backend';

afterEach(() => {
  vi.doUnmock('webgpu');
  vi.doUnmock('@tensorflow/tfjs-backend-webgpu');
  vi.doUnmock('./absent');
  vi.resetModules();
});

/** Stands in for the package `webgpu`, with this adapter. */
const dawnWith = (adapter: unknown) => () => ({
  create: () => ({ requestAdapter: async () => adapter }),
  globals: {},
});
const swiftshader = { info: { vendor: 'google', architecture: 'swiftshader', isFallbackAdapter: true } };

async function fresh(): Promise<typeof useBackend> {
  vi.resetModules();
  return (await import('../use-backend')).useBackend;
}

it.each([
  [true, /^useBackend: webgpu did not start: it needs the package webgpu: npm install webgpu$/],
  [false, /^useBackend: webgpu did not start: the package webgpu is installed but does not load: .+/],
])('says that the package does not load, or is not there: %s', async (absent, message) => {
  vi.doMock('webgpu', () => {
    throw new Error('no binary for this machine');
  });
  vi.doMock('./absent', async (original) => ({ ...(await original<object>()), isAbsent: () => absent }));
  await expect((await fresh())('webgpu')).rejects.toThrow(message);
});

it('says that a driver is missing', async () => {
  vi.doMock('webgpu', dawnWith(null));
  await expect((await fresh())('webgpu')).rejects.toThrow(
    /^useBackend: webgpu did not start: there is no GPU that it can use; in Node it takes a Vulkan 1\.1 driver/,
  );
});

it('leaves nothing registered that TensorFlow.js would start in its place', async () => {
  vi.doMock('webgpu', dawnWith(null));
  // As it does where there is WebGPU.
  vi.doMock('@tensorflow/tfjs-backend-webgpu', () => ({
    isRegistered: registerBackend('webgpu', () => Promise.reject(new Error('no adapter')), 3),
  }));
  await expect((await fresh())('webgpu')).rejects.toThrow('no GPU');
  expect(findBackendFactory('webgpu')).toBeFalsy();
});

it.each([
  ['no GPU', null],
  ['a program in place of a GPU', swiftshader],
])('auto passes over %s without a word', async (_, adapter) => {
  vi.doMock('webgpu', dawnWith(adapter));
  const { name, why } = await (await fresh())('auto');
  expect(name).not.toBe('webgpu');
  expect(why).not.toContain('webgpu');
});

it.each(['webgl', 'webgpu'] as const)('leaves the globals as they were where %s does not start', async (name) => {
  vi.doMock('webgpu', dawnWith(null));
  const before = Object.getOwnPropertyNames(globalThis);
  await expect((await fresh())(name)).rejects.toThrow(name === 'webgl' ? /it runs in browsers only/ : /no GPU/);
  expect(Object.getOwnPropertyNames(globalThis)).toEqual(before);
});
