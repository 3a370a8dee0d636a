import { existsSync, readFileSync } from 'node:fs';
import '@tensorflow/tfjs-layers';
import {
  add,
  avgPool,
  conv2d,
  fused,
  grads,
  maxPool,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { relativeError } from '../conformance/float64/relative-error';
import type { Padding } from '../conformance/float64/windows';
import { useBackend } from '../use-backend';

interface GoldenCase {
  name: string;
  op: string;
  padding: string;
  pads: { top: number; bottom: number; left: number; right: number };
  size: number;
  strides: number;
  count_include_pad?: boolean;
  transposeA: boolean;
  transposeB: boolean;
  activation: 'linear' | 'relu';
  [tensor: string]: unknown;
}

/** Each operation with the names, in the file, of its inputs and of their gradients. */
const operations: Record<
  string,
  { inputs: string[]; gradients: string[]; compute: (inputs: Tensor[], golden: GoldenCase) => Tensor }
> = {
  conv2d: {
    inputs: ['x', 'w'],
    gradients: ['dx', 'dw'],
    compute: ([x, w], golden) => conv2d(x as Tensor4D, w as Tensor4D, golden.strides, padding(golden)),
  },
  maxPool: {
    inputs: ['x'],
    gradients: ['dx'],
    compute: ([x], golden) => maxPool(x as Tensor4D, golden.size, golden.strides, padding(golden)),
  },
  avgPool: {
    inputs: ['x'],
    gradients: ['dx'],
    compute: ([x], golden) => avgPool(x as Tensor4D, golden.size, golden.strides, padding(golden)),
  },
  fusedMatMul: {
    inputs: ['a', 'w', 'bias'],
    gradients: ['da', 'dw', 'dbias'],
    compute: ([a, b, bias], { transposeA, transposeB, activation }) =>
      fused.matMul({ a: a as Tensor2D, b: b as Tensor2D, bias: bias as Tensor1D, transposeA, transposeB, activation }),
  },
};

function padding({ padding, pads: { top, bottom, left, right } }: GoldenCase): Padding {
  if (padding !== 'explicit') return padding as Padding;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

const file = new URL('../../../../../shared/golden/ops.json', import.meta.url);
const found = existsSync(file);
const cases: GoldenCase[] = found ? JSON.parse(readFileSync(file, 'utf8')).cases : [];

describe.each(['wasm', 'cpu'] as const)('%s against PyTorch in float64', (backend) => {
  it.skipIf(!found)('gives every value and gradient of the file (needs ../shared/golden/ops.json)', async () => {
    await useBackend(backend);
    let compared = 0;
    for (const golden of cases) {
      const operation = operations[golden.op];
      if (!operation || golden.count_include_pad) continue;
      const read = (name: string) => tensor(golden[name] as number[]);
      const [y, ...gradients] = tidy(() => {
        const inputs = operation.inputs.map(read);
        const run = (...each: Tensor[]) => operation.compute(each, golden);
        return [
          golden.op === 'conv2d' ? add(run(...inputs), read('b')) : run(...inputs),
          ...grads(run)(inputs, read('dy')),
        ];
      });
      const expected = ['y', ...operation.gradients].map(read);
      for (const [i, actual] of [y, ...gradients].entries()) {
        expect(actual.shape, golden.name).toEqual(expected[i].shape);
        expect(relativeError(await actual.data(), await expected[i].data()), golden.name).toBeLessThan(1e-5);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(80);
  });
});
