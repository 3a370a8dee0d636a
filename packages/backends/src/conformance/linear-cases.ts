import { grads, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { apply, type LinearMap, pullBack, sizeOf } from './float64/linear-map';
import { values } from './float64/values';
import type { KernelCase, Precision } from './kernel-case';

/** A kernel that copies, adds or mixes its inputs by fixed weights, so that one map answers for it and its gradient. */
export interface LinearKernel {
  kernel: string;
  name: string;
  /** Shapes of the inputs; the map takes them as one list of numbers, one input after the other. */
  inputs: readonly (readonly number[])[];
  map: LinearMap;
  compute(...inputs: Tensor[]): Tensor;
  /** Of inputs and result; float32 by default. */
  dtype?: KernelCase['dtype'];
  /** `special`: NaN, infinities, -0, the largest and the smallest; forward only. `finite` by default. */
  data?: 'finite' | 'special';
  /** The kernel that computes the gradient, `gradient` where it is tfjs's composition of others, none by default. */
  backward?: string;
  /** `exact` by default. The finite data are multiples of 1/4096, whose sums float32 holds exactly. */
  precision?: Precision;
}

/** The case of the forward pass and, where there is one, of the gradient with respect to all inputs, each as a case. */
export function linearCases(kernel: LinearKernel): KernelCase[] {
  const { backward, inputs, dtype = 'float32', data = 'finite' } = kernel;
  if (backward === undefined || dtype !== 'float32' || data === 'special') return [forward(kernel)];
  return [forward(kernel), ...inputs.map((_, which) => gradient(kernel, which))];
}

function forward(each: LinearKernel): KernelCase {
  const { kernel, name, inputs, map, compute, dtype = 'float32', data = 'finite', precision = 'exact' } = each;
  const x = () => inputs.map((shape, i) => dataOf(sizeOf(shape), i + 1, dtype, data));
  return {
    kernel,
    of: 'forward',
    name: [name, dtype === 'float32' ? '' : dtype, data === 'special' ? 'NaN, infinities' : '']
      .filter(Boolean)
      .join(', '),
    compute: () => compute(...x().map((values, i) => tensor(values, [...inputs[i]], dtype))),
    shape: map.shape,
    dtype,
    expected: () =>
      apply(
        map,
        x().flatMap((values) => Array.from(values)),
      ),
    precision,
  };
}

function gradient(each: LinearKernel, which: number): KernelCase {
  const { kernel, name, inputs, map, compute, backward = 'gradient', precision = 'exact' } = each;
  const dy = () => values(sizeOf(map.shape), 7);
  const before = inputs.slice(0, which).reduce((sum, shape) => sum + sizeOf(shape), 0);
  const total = inputs.reduce((sum, shape) => sum + sizeOf(shape), 0);
  return {
    kernel: backward === 'gradient' ? kernel : backward,
    of: backward === 'gradient' ? 'gradient' : 'forward',
    name: inputs.length > 1 ? `${name}, input ${which + 1} of ${inputs.length}` : name,
    compute() {
      const x = inputs.map((shape, i) => tensor(values(sizeOf(shape), i + 1), [...shape]));
      return grads(compute)(x, tensor(dy(), [...map.shape]))[which];
    },
    shape: inputs[which],
    dtype: 'float32',
    expected: () => pullBack(map, dy(), total).subarray(before, before + sizeOf(inputs[which])),
    precision,
  };
}

const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 3e38, -1e-30, 0, 16777216];

/** Reproducible data of a type. */
function dataOf(size: number, seed: number, dtype: KernelCase['dtype'], data: 'finite' | 'special') {
  const random = values(size, seed);
  if (dtype === 'int32') return Int32Array.from(random, (value) => Math.round(value * 1e6));
  if (dtype === 'bool') return Uint8Array.from(random, (value) => Number(value < 0));
  return data === 'finite' ? random : random.map((value, i) => (i % 2 ? value : specials[(i / 2) % specials.length]));
}
