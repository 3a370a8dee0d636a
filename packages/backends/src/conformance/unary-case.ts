import { grad, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { cotangents } from './float64/cotangents';
import { sizeOf } from './float64/linear-map';
import { values } from './float64/values';
import type { KernelCase, Precision } from './kernel-case';

/** A kernel that maps each element by itself. */
export interface UnaryKernel {
  kernel: string;
  /** `alpha 0.2`, `mish`: where the kernel has several entries. */
  name?: string;
  op(x: Tensor): Tensor;
  /** The function in float64; what IEEE 754 says of NaN and infinities. */
  f(x: number): number;
  /** Its derivative; without it the gradient has no cases. */
  df?(x: number): number;
  /** `transcendental` by default. */
  precision?: Precision;
  /** The size of the terms that f, and that df, is a sum of, where they cancel: {@link KernelCase.terms}. */
  terms?(x: number): number;
  slopeTerms?(x: number): number;
  /** Where f has a value on which backends and PyTorch agree; everywhere by default. */
  defined?(x: number): boolean;
  /** Where df is such; at all finite x by default. */
  smooth?(x: number): boolean;
  /** Points of its own: halves, kinks. */
  points?: readonly number[];
  /** From where random points are; [-6, 6] by default. */
  range?: readonly [number, number];
  /** The type of the result; float32 by default. */
  dtype?: KernelCase['dtype'];
  /** The type of the result for int32, where the kernel takes it. */
  int32?: KernelCase['dtype'];
  /** The kernel of the gradient, where there is one. */
  backward?: string;
}

const pair = (x: number) => [-x, x];
const themes: Readonly<Record<string, readonly number[]>> = {
  ordinary: [0, ...[1e-4, 0.5, 1, 5, 20].flatMap(pair)],
  tiny: [1e-37, 1e-30, 1e-20, 1e-15, 1e-8, 1e-7].flatMap(pair),
  // Up to where exp leaves float32; beyond 17 the logistic function is 1 but for its rounding.
  tails: [10, 14, 17, 18, 19, 30, 40, 60, 80, 87].flatMap(pair),
  large: [88, 100, 1e4].flatMap(pair),
  'NaN, infinities': [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
};
/** Odd lengths, which leave a tail behind vectors of four and sixteen. */
const shapes: readonly (readonly number[])[] = [[], [7], [13], [1001], [2, 3, 4, 5], [0, 3]];

/** The cases of a kernel: each theme of points and each shape, forward and gradient. */
export function casesOfUnary(each: UnaryKernel): KernelCase[] {
  const { points, defined = () => true, smooth = () => true, df, int32 } = each;
  const named = Object.entries(points ? { ...themes, 'points of its own': points } : themes);
  const forwards = named.map(([theme, all]) => flat(theme, all.map(Math.fround).filter(defined)));
  const gradients = named.map(([theme, all]) =>
    flat(
      theme,
      all.map(Math.fround).filter((x) => Number.isFinite(x) && defined(x) && smooth(x)),
    ),
  );
  const random = shapes.map((shape) => ({ theme: `shape [${shape}]`, shape, x: spread(shape, each.range) }));
  return [
    ...[...forwards.filter(some), ...random].map((input) => forward(each, input)),
    ...(int32 ? [integers(each, int32)] : []),
    ...(df ? [...gradients.filter(some), ...random].map((input) => gradient(each, df, input)) : []),
  ];
}

interface Input {
  theme: string;
  shape: readonly number[];
  x: Float32Array;
}

const flat = (theme: string, x: readonly number[]): Input => ({ theme, shape: [x.length], x: Float32Array.from(x) });
const some = ({ x }: Input) => x.length > 0;

/** Random points, evenly spread, and shifted off the kinks. */
function spread(shape: readonly number[], [low, high] = [-6, 6] as readonly [number, number]): Float32Array {
  return values(sizeOf(shape), 3).map((value) => low + ((high - low) * (value + 1.0001)) / 2);
}

const titled = ({ name }: UnaryKernel, theme: string) => (name ? `${name}, ${theme}` : theme);

function forward(each: UnaryKernel, { theme, shape, x }: Input): KernelCase {
  const { kernel, op, f, dtype = 'float32', precision = 'transcendental', terms } = each;
  return {
    kernel,
    of: 'forward',
    name: titled(each, theme),
    compute: () => op(tensor(x, [...shape])),
    shape,
    dtype,
    expected: () => x.map(f),
    precision,
    ...(terms && { terms: () => x.map(terms) }),
  };
}

function integers(each: UnaryKernel, dtype: KernelCase['dtype']): KernelCase {
  const { kernel, op, f, precision = 'transcendental' } = each;
  const x = [0, 1, -1, 2, -3, 7, -40, 12, 5];
  return {
    kernel,
    of: 'forward',
    name: titled(each, 'int32'),
    compute: () => op(tensor(x, [x.length], 'int32')),
    shape: [x.length],
    dtype,
    expected: () => Float32Array.from(x, f),
    precision,
  };
}

/** Products of the derivative have one more rounding than the kernel: never `exact`. */
function gradient(each: UnaryKernel, df: (x: number) => number, { theme, shape, x }: Input): KernelCase {
  const { kernel, backward, op, precision = 'transcendental', slopeTerms } = each;
  const dy = cotangents(x.length);
  return {
    kernel: backward ?? kernel,
    of: backward ? 'forward' : 'gradient',
    name: titled(each, theme),
    compute: () => grad(op)(tensor(x, [...shape]), tensor(dy, [...shape])),
    shape,
    dtype: 'float32',
    expected: () => x.map((value, i) => dy[i] * df(value)),
    precision: precision === 'exact' ? 'rounded' : precision,
    ...(slopeTerms && { terms: () => x.map((value, i) => Math.abs(dy[i]) * slopeTerms(value)) }),
  };
}
