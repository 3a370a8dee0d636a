import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { readFileSync } from 'node:fs';
import { repairBackend } from '@agoge/backends';
import { fromLayersModel, readSafetensors, type SafetensorsEntry, toTypedArray } from '@agoge/core';
import {
  grad,
  mul,
  type Scalar,
  setBackend,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor,
  transpose,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { alexNet } from './alex-net';
import { efficientNet } from './efficient-net';
import { vgg11 } from './vgg';
import { loadStateDict } from './weights/load-state-dict';

// Made by packages/benchmarks/peers/plain_figures.py.
const golden = (name: string) =>
  readSafetensors(readFileSync(new URL(`../golden/${name}.safetensors`, import.meta.url))).tensors;

const tensorOf = ({ shape, ...entry }: SafetensorsEntry) =>
  tensor(toTypedArray({ shape, ...entry }) as Float32Array, shape);
const images = (entry: SafetensorsEntry) => transpose(tensorOf(entry) as Tensor4D, [0, 2, 3, 1]);

async function expectClose(actual: Tensor, expected: Tensor) {
  expect(actual.shape).toEqual(expected.shape);
  const [a, b] = [await actual.data(), await expected.data()];
  b.forEach((value, i) => {
    expect(Math.abs(a[i] - value)).toBeLessThan(1e-4);
  });
}

const zeros = { initializer: 'zeros' } as const;
const narrow = { ...zeros, inputShape: [31, 30, 3], width: 0.1, depth: 0.3, classes: 10 } as const;

describe.each(['cpu', 'wasm'])("on %s, PyTorch's logits and gradients", (backend) => {
  it.each<[file: string, twin: string, build: () => LayersModel]>([
    ['vgg11', 'plain', () => vgg11({ ...zeros, width: 2 })],
    ['alex-net', 'plain', () => alexNet({ ...zeros, width: 2, strides: '1122' })],
    ['efficient-net', 'symmetric', () => efficientNet(narrow)],
    ['efficient-net', 'same', () => efficientNet({ ...narrow, padding: 'same' })],
  ])('%s, %s', async (file, twin, build) => {
    await setBackend(backend);
    repairBackend();
    const network = build();
    const state = new Map(golden(file));
    const given = (name: string) => {
      const entry = state.get(name) as SafetensorsEntry;
      state.delete(name);
      return entry;
    };
    const [x, direction] = [images(given('images')), tensorOf(given('direction')) as Tensor2D];
    const [logits, gradient] = [tensorOf(given(`${twin}/logits`)), images(given(`${twin}/gradient`))];
    for (const name of state.keys()) if (name.includes('/')) state.delete(name);

    loadStateDict(network, state);
    const f = fromLayersModel(network, { bounds: [0, 1] });
    await expectClose(f(x), logits);
    await expectClose(grad((some: Tensor) => sum<Scalar>(mul(f(some as Tensor4D), direction)))(x), gradient);
    network.dispose();
  });
});
