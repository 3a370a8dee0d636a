import { add, backend, ones } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { checkKernels } from '../conformance/check-kernels';
import { useBackend } from '../use-backend';
import { renewWasm } from './renew-wasm';

it('starts wasm with memory of its own, its kernels as repaired as before', async () => {
  await useBackend('wasm');
  const [before, listeners] = [backend(), process.listenerCount('uncaughtException')];
  await renewWasm();
  expect(backend()).not.toBe(before);
  expect(process.listenerCount('uncaughtException')).toBe(listeners);
  expect([...(await add(ones([2]), 1).data())]).toEqual([2, 2]);
  const [{ verdict }] = await checkKernels({ kernels: ['MaxPoolGrad'] });
  expect(verdict).toBe('conforms');
});

it('leaves other backends as they are', async () => {
  await useBackend('cpu');
  const before = backend();
  await renewWasm();
  expect(backend()).toBe(before);
});
