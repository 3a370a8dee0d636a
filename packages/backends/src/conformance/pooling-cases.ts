import { avgPool, grad, maxPool, pool, type Tensor, type Tensor4D, tensor, util } from '@tensorflow/tfjs-core';
import { averagePooled, averagePoolGradient, maxPooled, maxPoolGradient, pooledShape } from './float64/pooling';
import { values } from './float64/values';
import { explicit, type Window } from './float64/windows';
import type { KernelCase } from './kernel-case';
import { roundedWindows } from './rounded-windows';

interface NamedWindow extends Window {
  name: string;
  /** The images, of so many numbers; evenly spread over [-1, 1) by default. */
  images?: (size: number) => Float32Array;
  /** The gradient of the result; likewise. */
  upstream?: (size: number) => Float32Array;
}

type Kind = 'Max' | 'Avg';

function run(kind: Kind, { kernel, strides, pad, dilations, rounding }: Window, x: Tensor): Tensor {
  if (!dilations) return (kind === 'Max' ? maxPool : avgPool)(x as Tensor4D, kernel, strides, pad, rounding);
  return pool(x as Tensor4D, kernel, kind === 'Max' ? 'max' : 'avg', pad, dilations, strides);
}

function forward(kind: Kind, window: NamedWindow): KernelCase {
  const { input, name } = window;
  const images = () => (window.images ?? spread)(util.sizeFromShape(input));
  return {
    kernel: `${kind}Pool`,
    of: 'forward',
    name,
    compute: () => run(kind, window, tensor(images(), input)),
    shape: pooledShape(window),
    dtype: 'float32',
    expected: () => (kind === 'Max' ? maxPooled : averagePooled)(window, images()),
    precision: kind === 'Max' ? 'exact' : 'arithmetic',
  };
}

function gradient(kind: Kind, window: NamedWindow): KernelCase {
  const { input, name } = window;
  const y = pooledShape(window);
  const images = () => (window.images ?? spread)(util.sizeFromShape(input));
  const upstream = () => (window.upstream ?? ((size) => values(size, 3)))(util.sizeFromShape(y));
  return {
    kernel: `${kind}PoolGrad`,
    of: 'forward',
    name,
    compute: () => grad((x) => run(kind, window, x))(tensor(images(), input), tensor(upstream(), y)),
    shape: input,
    dtype: 'float32',
    expected: () =>
      kind === 'Max' ? maxPoolGradient(window, images(), upstream()) : averagePoolGradient(window, upstream()),
    precision: 'arithmetic',
  };
}

const spread = (size: number) => values(size, 1);
/** Numbers of which `every`-th is another. */
const sprinkled = (special: number, every: number) => (size: number) =>
  spread(size).map((each, i) => (i % every === every >> 1 ? special : each));

/** Batch, height, width, channels. */
const images = [
  [2, 6, 8, 3],
  [1, 7, 9, 1],
  [3, 8, 5, 4],
  [1, 9, 7, 17],
] as const;

const oneNaN = (size: number) => spread(size).fill(Number.NaN, 50, 51);
const amongInfinities = (size: number) =>
  sprinkled(
    Number.NaN,
    23,
  )(size).map((each, i) => (i % 9 === 4 ? Number.POSITIVE_INFINITY : i % 7 === 3 ? -1 / 0 : each));

const square: NamedWindow[] = (
  [
    [1, 2],
    [2, 1],
    [2, 2],
    [2, 3],
    [3, 1],
    [3, 2],
    [3, 3],
    [5, 2],
    [5, 4],
  ] as const
).flatMap(([kernel, stride], i) =>
  (['same', 'valid'] as const).map((pad, j) => {
    const [n, height, width, channels] = images[(i + 3 * j) % images.length];
    return {
      name: `${kernel}x${kernel}, stride ${stride}, ${pad}, ${n}x${height}x${width}x${channels}`,
      input: [n, height, width, channels],
      kernel: [kernel, kernel],
      strides: [stride, stride],
      pad,
    };
  }),
);

const small = { input: [2, 6, 7, 3], kernel: [3, 3], strides: [2, 2], pad: 'same' } satisfies Omit<NamedWindow, 'name'>;

const odd: NamedWindow[] = [
  { ...small, name: '3x3, stride 2, padding 1', pad: explicit(1, 1, 1, 1) },
  { ...small, name: '2x2, stride 1, uneven padding', kernel: [2, 2], strides: [1, 1], pad: explicit(1, 0, 0, 1) },
  { ...small, name: 'oblong window 2x3, strides 2 and 1', kernel: [2, 3], strides: [2, 1] },
  { ...small, name: 'oblong window 1x4, valid', kernel: [1, 4], strides: [1, 2], pad: 'valid' },
  { ...small, name: 'global', kernel: [6, 7], strides: [1, 1], pad: 'valid' },
  { ...small, name: 'global, stride of its size', kernel: [6, 7], strides: [6, 7], pad: 'valid' },
  { ...small, name: 'window larger than the image', input: [1, 2, 3, 5], kernel: [5, 5], strides: [1, 1] },
  { ...small, name: 'one pixel', input: [2, 1, 1, 5] },
  { ...small, name: 'one pixel a window', kernel: [1, 1], strides: [1, 1], pad: 'valid' },
  { ...small, name: '64 channels', input: [1, 5, 4, 64] },
  { ...small, name: 'batch of 5, one channel', input: [5, 7, 7, 1] },
  { ...small, name: 'no images', input: [0, 6, 7, 3] },
  { ...small, name: 'no images, valid', input: [0, 6, 7, 3], kernel: [2, 2], pad: 'valid' },
  { ...small, name: 'constant', images: (size) => new Float32Array(size).fill(0.5) },
  { ...small, name: 'constant zero, valid', pad: 'valid', images: (size) => new Float32Array(size) },
  { ...small, name: 'all negative', images: (size) => spread(size).map((each) => each - 2) },
  {
    ...small,
    name: 'all negative, padding 1',
    pad: explicit(1, 1, 1, 1),
    images: (size) => spread(size).map((each) => each - 2),
  },
  { ...small, name: 'all negative and tiny', images: (size) => spread(size).map((each) => (each - 2) * 1e-30) },
  {
    ...small,
    name: 'magnitude 1e4',
    images: (size) => spread(size).map((each) => each * 1e4),
    upstream: (size) => values(size, 3).map((each) => each * 1e4),
  },
  { ...small, name: 'Infinity among the pixels', images: sprinkled(Number.POSITIVE_INFINITY, 23) },
  { ...small, name: '-Infinity among the pixels', images: sprinkled(Number.NEGATIVE_INFINITY, 23) },
];

/** Ties: the first of a window's maxima in row-major order gets its gradient, as on the cpu backend and in PyTorch. */
const ties: NamedWindow[] = [
  { ...small, name: 'ties', images: (size) => values(size, 1, 2) },
  { ...small, name: 'ties, stride 1, valid', strides: [1, 1], pad: 'valid', images: (size) => values(size, 1, 2) },
  { ...small, name: 'ties, 2x2, valid', kernel: [2, 2], pad: 'valid', images: (size) => values(size, 1, 2) },
  { ...small, name: 'ties, padding 1', pad: explicit(1, 1, 1, 1), images: (size) => values(size, 1, 2) },
  { ...small, name: 'ties below zero', images: (size) => values(size, 1, 2).map((each) => each - 3) },
  { ...small, name: 'ties of zero and minus zero', images: (size) => values(size, 1, 1).map((each) => each * 0) },
];

const dilated: NamedWindow[] = [
  { ...small, name: 'pool: dilation 2, valid', kernel: [2, 2], strides: [1, 1], dilations: [2, 2], pad: 'valid' },
  {
    ...small,
    name: 'pool: dilations 1 and 3, valid',
    kernel: [2, 2],
    strides: [1, 1],
    dilations: [1, 3],
    pad: 'valid',
  },
];

/** Windows that lie in the padding alone, whose maximum is -Infinity, their mean NaN, and their gradient nowhere. */
const beyond: NamedWindow[] = [
  { ...small, name: 'padding as wide as the window', kernel: [2, 2], pad: explicit(2, 2, 2, 2) },
  { ...small, name: 'padding wider than the window', kernel: [2, 2], strides: [1, 1], pad: explicit(3, 0, 1, 4) },
];

const rounded: NamedWindow[] = roundedWindows.map((each) => ({ ...small, ...each }));

/** So few that no window has two of the same channel: PyTorch's gradient goes to the last. */
const withNaN: NamedWindow[] = [
  { ...small, name: 'NaN among the pixels', images: sprinkled(Number.NaN, 23) },
  { ...small, name: 'NaN, 2x2, valid', kernel: [2, 2], pad: 'valid', images: sprinkled(Number.NaN, 23) },
  { ...small, name: 'NaN, padding 1', pad: explicit(1, 1, 1, 1), images: sprinkled(Number.NaN, 23) },
  { ...small, name: 'NaN, global', input: [1, 6, 7, 3], kernel: [6, 7], strides: [1, 1], pad: 'valid', images: oneNaN },
  { ...small, name: 'NaN beside infinities', images: amongInfinities },
];

const infinite = (size: number) => new Float32Array(size).fill(Number.NEGATIVE_INFINITY);

/**
 * Pooling and its gradients. Left out, since backends and PyTorch differ or the mathematics has no answer: the gradient of a
 * window of two NaN, or of -Infinity alone.
 */
export const poolingCases: readonly KernelCase[] = [
  ...(['Max', 'Avg'] as const).flatMap((kind) => [
    ...[...square, ...odd, ...beyond, ...rounded].flatMap((each) => [forward(kind, each), gradient(kind, each)]),
    ...dilated.map((each) => forward(kind, each)),
  ]),
  ...ties.flatMap((each) => [forward('Max', each), gradient('Max', each)]),
  forward('Max', { ...small, name: 'nothing but -Infinity', images: infinite }),
  ...withNaN.flatMap((each) => [forward('Max', each), gradient('Max', each), forward('Avg', each)]),
  gradient('Avg', {
    ...small,
    name: 'NaN in the gradient',
    upstream: (size) => values(size, 3).fill(Number.NaN, 4, 5),
  }),
  gradient('Max', {
    ...small,
    name: 'NaN in the gradient',
    upstream: (size) => values(size, 3).fill(Number.NaN, 4, 5),
  }),
];
