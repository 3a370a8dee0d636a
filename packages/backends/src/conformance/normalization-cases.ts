import { batchNorm, grad, moments, type Tensor, tensor, util } from '@tensorflow/tfjs-core';
import {
  batchStatisticsGradient,
  type Normalization,
  normalizationGradients,
  normalized,
  statistics,
} from './float64/batch-normalization';
import { values } from './float64/values';
import type { KernelCase } from './kernel-case';
import { localResponseCases } from './local-response-cases';
import { sumTolerance } from './sum-tolerance';

interface NamedNormalization {
  name: string;
  /** Of the images; the last axis holds the channels. */
  shape: number[];
  epsilon: number;
  /** 1 and 0 where they are absent. */
  scale: boolean;
  offset: boolean;
  /** In place of variances spread over [0.5, 1.5). */
  variance?: number;
  /** In place of means spread over [-1, 1). */
  mean?: number;
  /** Magnitude of the images; 1 by default. */
  magnitude?: number;
  /** In place of the number in the middle of the images. */
  special?: number;
  /** A mean and a variance for each number, not for each channel. */
  whole?: boolean;
}

const size = (shape: readonly number[]) => util.sizeFromShape([...shape]);

function given(named: NamedNormalization): { x: Float32Array; dy: Float32Array; by: Normalization; each: number[] } {
  const { shape, epsilon, magnitude = 1, mean = 0, whole } = named;
  const each = whole ? shape : shape.slice(-1);
  const x = values(size(shape), 1).map((number) => number * magnitude + mean);
  if (named.special !== undefined) x[x.length >> 1] = named.special;
  const { variance } = named;
  return {
    x,
    dy: values(size(shape), 3),
    each,
    by: {
      mean: values(size(each), 4).map((number) => number + mean),
      variance: values(size(each), 5).map((number) => variance ?? 1 + number / 2),
      scale: named.scale ? values(size(each), 6) : undefined,
      offset: named.offset ? values(size(each), 7) : undefined,
      epsilon,
    },
  };
}

type Operand = 'x' | 'mean' | 'variance' | 'scale' | 'offset';

/** The operands as tensors, and the op on them with some of them changed. */
function operation(named: NamedNormalization) {
  const { x, by, each } = given(named);
  const operands: Partial<Record<Operand, Tensor>> & Record<'x' | 'mean' | 'variance', Tensor> = {
    x: tensor(x, named.shape),
    mean: tensor(by.mean as Float32Array, each),
    variance: tensor(by.variance as Float32Array, each),
    scale: by.scale && tensor(by.scale as Float32Array, each),
    offset: by.offset && tensor(by.offset as Float32Array, each),
  };
  const run = (changed: Partial<Record<Operand, Tensor>>) => {
    const { x, mean, variance, offset, scale } = { ...operands, ...changed };
    return batchNorm(x, mean as typeof x, variance as typeof x, offset as typeof x, scale as typeof x, by.epsilon);
  };
  return { operands, run };
}

/** 1 over the smallest deviation. */
const perDeviation = ({ variance = 0.5, epsilon }: NamedNormalization) => (variance + epsilon) ** -0.5;

function forward(named: NamedNormalization): KernelCase {
  return {
    kernel: 'FusedBatchNorm',
    of: 'forward',
    name: named.name,
    compute: () => operation(named).run({}),
    shape: named.shape,
    dtype: 'float32',
    expected() {
      const { x, by } = given(named);
      return normalized(by, x);
    },
    precision: 'arithmetic',
    // A kernel may take the difference as `x s + (offset - mean s)`, s = scale / deviation, which rounds at the size of `mean s`.
    tolerance: {
      absolute: Math.max(1e-5, 2 ** -21 * (1 + Math.abs(named.mean ?? 0)) * perDeviation(named)),
      relative: 1e-5,
    },
  };
}

function gradient(named: NamedNormalization, of: Operand): KernelCase {
  const { shape } = named;
  const channels = named.whole ? size(shape) : shape[shape.length - 1];
  const magnitude = of === 'offset' ? 1 : perDeviation(named) ** (of === 'variance' ? 3 : 1);
  return {
    kernel: 'FusedBatchNorm',
    of: 'gradient',
    name: `by ${of}: ${named.name}`,
    compute() {
      const { operands, run } = operation(named);
      return grad((each) => run({ [of]: each }))(operands[of] as Tensor, tensor(given(named).dy, shape));
    },
    shape: of === 'x' || named.whole ? shape : [channels],
    dtype: 'float32',
    expected() {
      const { x, dy, by } = given(named);
      return normalizationGradients(by, x, dy)[of];
    },
    precision: 'arithmetic',
    tolerance: sumTolerance(of === 'x' ? 1 : size(shape) / channels, magnitude),
  };
}

/** The gradient by the images of a normalisation by their own mean and variance, as in training. */
function ofBatchStatistics(named: NamedNormalization): KernelCase {
  const { shape, epsilon } = named;
  const channels = shape[shape.length - 1];
  return {
    kernel: 'FusedBatchNorm',
    of: 'gradient',
    name: `by x, of the batch's own statistics: ${named.name}`,
    compute() {
      const { operands, run } = operation(named);
      const axes = shape.slice(0, -1).map((_, axis) => axis);
      const whole = (x: Tensor) => {
        const { mean, variance } = moments(x, axes);
        return run({ x, mean, variance });
      };
      return grad(whole)(operands.x, tensor(given(named).dy, shape));
    },
    shape,
    dtype: 'float32',
    expected() {
      const { x, dy, by } = given(named);
      return batchStatisticsGradient({ ...by, ...statistics(x, channels), epsilon }, x, dy);
    },
    precision: 'arithmetic',
    tolerance: sumTolerance(size(shape) / channels, 1),
  };
}

const images: NamedNormalization = {
  name: 'rank 4, epsilon 1e-3',
  shape: [2, 3, 4, 5],
  epsilon: 1e-3,
  scale: true,
  offset: true,
};
const features: NamedNormalization = { ...images, name: 'rank 2, epsilon 1e-5', shape: [6, 5], epsilon: 1e-5 };
const fine: NamedNormalization = { ...images, name: 'rank 4, epsilon 1e-5', epsilon: 1e-5 };
const flat: NamedNormalization = { ...images, name: 'variance 0, epsilon 1e-3', variance: 0 };
const flatter: NamedNormalization = { ...fine, name: 'variance 0, epsilon 1e-5', variance: 0 };

const forwards: NamedNormalization[] = [
  images,
  features,
  fine,
  { ...images, name: 'without scale', scale: false },
  flat,
  flatter,
  { ...images, name: 'without offset', offset: false },
  { ...images, name: 'without scale and offset', scale: false, offset: false },
  { ...features, name: 'rank 2 without scale and offset', scale: false, offset: false },
  { ...images, name: 'rank 3', shape: [3, 4, 5] },
  { ...images, name: 'one channel', shape: [3, 5, 3, 1] },
  { ...images, name: '17 channels', shape: [1, 3, 3, 17] },
  { ...images, name: '64 channels, batch of 5', shape: [5, 2, 2, 64] },
  { ...images, name: 'one pixel', shape: [2, 1, 1, 3] },
  { ...images, name: 'no images', shape: [0, 3, 4, 5] },
  { ...images, name: 'a mean for each number', whole: true },
  { ...images, name: 'magnitude 1e4', magnitude: 1e4 },
  { ...images, name: 'magnitude 1e-8', magnitude: 1e-8 },
  { ...images, name: 'mean near 128, as of bytes', mean: 128 },
  { ...images, name: 'large variance', variance: 1e8 },
  { ...images, name: 'NaN in one pixel', special: Number.NaN },
  { ...images, name: 'Infinity in one pixel', special: Number.POSITIVE_INFINITY },
];

const operands: Operand[] = ['x', 'mean', 'variance', 'scale', 'offset'];
const empty: NamedNormalization = { ...images, name: 'no images', shape: [0, 3, 4, 5] };

/**
 * Batch normalisation and local response normalisation, and their gradients. Left out: the gradient of batch normalisation
 * without scale or without offset, for which tfjs's tape itself throws, whatever the backend.
 */
export const normalizationCases: readonly KernelCase[] = [
  ...forwards.map(forward),
  ...[images, fine, features, flat, flatter, empty].flatMap((each) => operands.map((of) => gradient(each, of))),
  ...operands.map((of) => gradient({ ...images, name: 'a mean for each number', whole: true }, of)),
  ofBatchStatistics(images),
  ofBatchStatistics(features),
  ofBatchStatistics({ ...images, name: '17 channels', shape: [3, 4, 5, 17] }),
  ...localResponseCases,
];
