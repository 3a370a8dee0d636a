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
  /** Of the inputs; float32 by default. */
  dtype?: KernelCase['dtype'];
  /** Of the result; the inputs' by default. */
  result?: KernelCase['dtype'];
  /** `special`: NaN, infinities, -0, the large and the small; forward only. `finite` by default. */
  data?: 'finite' | 'special';
  /** The kernel that computes the gradient, `gradient` where it is tfjs's composition of others, none by default. */
  backward?: string;
  /** `exact` by default. The finite data are multiples of 1/4096, whose sums float32 holds exactly. */
  precision?: Precision;
}

/** The case of the forward pass and, where there is a gradient, one for each input. */
export function linearCases(kernel: LinearKernel): KernelCase[] {
  const { backward, inputs, dtype = 'float32', data = 'finite' } = kernel;
  if (backward === undefined || dtype !== 'float32' || data === 'special') return [forward(kernel)];
  return [forward(kernel), ...inputs.map((_, which) => gradient(kernel, backward, which))];
}

/** {@link linearCases} of a kernel that copies, and the same on NaN, infinities and int32. */
export function numberCases(kernel: LinearKernel): KernelCase[] {
  return [
    ...linearCases(kernel),
    ...linearCases({ ...kernel, data: 'special' }),
    ...linearCases({ ...kernel, dtype: 'int32' }),
  ];
}

/** {@link numberCases} of a kernel that takes bools too. */
export function keptCases(kernel: LinearKernel): KernelCase[] {
  return [...numberCases(kernel), ...linearCases({ ...kernel, dtype: 'bool' })];
}

function forward(each: LinearKernel): KernelCase {
  const { kernel, name, inputs, map, compute, dtype = 'float32', data = 'finite', precision = 'exact' } = each;
  const x = () => inputs.map((shape, i) => dataOf(sizeOf(shape), i + 1, dtype, data));
  const kind = [dtype === 'float32' ? '' : dtype, data === 'special' ? 'NaN, infinities' : ''];
  return {
    kernel,
    of: 'forward',
    name: [name, ...kind].filter(Boolean).join(', '),
    compute: () => compute(...x().map((data, i) => tensor(data, [...inputs[i]], dtype))),
    shape: map.shape,
    dtype: each.result ?? dtype,
    expected() {
      const all = x().flatMap((data) => Array.from(data));
      return apply(map, all);
    },
    precision,
  };
}

function gradient(each: LinearKernel, backward: string, which: number): KernelCase {
  const { kernel, name, inputs, map, compute, precision = 'exact' } = each;
  const sizes = inputs.map(sizeOf);
  const before = sizes.slice(0, which).reduce((a, b) => a + b, 0);
  const total = sizes.reduce((a, b) => a + b, 0);
  const dy = () => values(sizeOf(map.shape), 7);
  const own = backward !== 'gradient';
  return {
    kernel: own ? backward : kernel,
    of: own ? 'forward' : 'gradient',
    name: inputs.length > 1 ? `${name}, input ${which + 1} of ${inputs.length}` : name,
    compute() {
      const x = inputs.map((shape, i) => tensor(values(sizes[i], i + 1), [...shape]));
      return grads(compute)(x, tensor(dy(), [...map.shape]))[which];
    },
    shape: inputs[which],
    dtype: 'float32',
    expected: () => pullBack(map, dy(), total).subarray(before, before + sizes[which]),
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
