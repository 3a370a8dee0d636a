import { readFileSync } from 'node:fs';
import '@agoge/backend-onnx';
import { loadStateDict, preActResNet18, resnet18, resnext50, wideResNet } from '@agoge/architectures';
import { type BackendName, useBackend } from '@agoge/backends';
import { fromLayersModel, readSafetensors, type SafetensorsEntry, toTypedArray } from '@agoge/core';
import {
  grad,
  mul,
  type Scalar,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor,
  transpose,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';

/** Whether ONNX Runtime is installed here: an optional peer. */
const installed = await import('onnxruntime-node').then(
  () => true,
  () => false,
);

/** What packages/benchmarks/peers/resnet_figures.py wrote. */
const golden = (name: string) => readFileSync(new URL(`../../architectures/golden/${name}`, import.meta.url));

const numbers = (entry: SafetensorsEntry) => toTypedArray(entry) as Float32Array;
const tensorOf = (entry: SafetensorsEntry) => tensor(numbers(entry), entry.shape);
const images = (entry: SafetensorsEntry) => transpose(tensorOf(entry) as Tensor4D, [0, 2, 3, 1]);

/** The state dict of WRN-16-2, from a pool of random numbers, as the script has it. */
function fromPool(pool: Float32Array): Map<string, SafetensorsEntry> {
  const shapes: Record<string, number[]> = JSON.parse(golden('wrn-16-2.json').toString());
  let at = 0;
  return new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const [out, ...inputs] = shape;
      const fan = inputs.reduce((total, size) => total * size, 1);
      const scale = inputs.length > 0 ? fan ** -0.5 : 1 / 8;
      const offset = /bn\d\.weight$|running_var$/.test(name) ? 1 : 0;
      const values = Float32Array.from({ length: out * fan }, () => pool[at++ % pool.length] * scale + offset);
      return [name, { dtype: 'F32', shape, data: new Uint8Array(values.buffer) }];
    }),
  );
}

/** To 1e-4 of the largest. */
async function expectClose(actual: Tensor, expected: Tensor): Promise<void> {
  expect(actual.shape).toEqual(expected.shape);
  const [values, wanted] = [await actual.data(), await expected.data()];
  const largest = Math.max(...wanted.map(Math.abs));
  wanted.forEach((value, i) => {
    expect(Math.abs(values[i] - value) / largest, `number ${i}`).toBeLessThan(1e-4);
  });
}

const small = { initializer: 'zeros', inputShape: [16, 16, 3], width: 2 } as const;
const networks: Record<string, () => LayersModel> = {
  resnet18: () => resnet18(small),
  'preact-resnet18': () => preActResNet18(small),
  resnext50: () => resnext50({ ...small, inputShape: [33, 33, 3], classes: 10, groups: 2, widthPerGroup: 64 }),
  'wrn-16-2': () => wideResNet({ ...small, depth: 16 }),
};

describe.each<BackendName>(['cpu', 'wasm', 'onnx'])('on %s', (backend) => {
  beforeAll(async () => {
    if (installed || backend !== 'onnx') await useBackend(backend);
  });

  describe.skipIf(!installed && backend === 'onnx')("with PyTorch's weights", () => {
    it.each(Object.entries(networks))("%s gives PyTorch's logits and input gradients", async (name, build) => {
      const state = new Map(readSafetensors(golden(`${name}.safetensors`)).tensors);
      const [logits, gradient, x, direction, pool] = ['logits', 'gradient', 'images', 'direction', 'pool'].map(
        (key) => {
          const entry = state.get(key) as SafetensorsEntry;
          state.delete(key);
          return entry;
        },
      );
      const network = build();
      loadStateDict(network, pool ? fromPool(numbers(pool)) : state);
      const f = fromLayersModel(network, { bounds: [0, 1] });
      await expectClose(f(images(x)), tensorOf(logits));
      const along = tensorOf(direction) as Tensor2D;
      const slope = grad((some: Tensor) => sum<Scalar>(mul(f(some as Tensor4D), along)));
      await expectClose(slope(images(x)), images(gradient));
      network.dispose();
    });
  });
});
