import {
  add,
  div,
  expandDims,
  gather,
  grad,
  logSoftmax,
  logSumExp,
  losses,
  mul,
  neg,
  Reduction,
  reshape,
  sigmoid,
  softmax,
  softplus,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  tensor1d,
  tensor2d,
  where,
} from '@tensorflow/tfjs-core';
import { cotangents } from './float64/cotangents';
import { crossEntropy, type Loss, logitsRatio, logSoftmaxEntropy, ratioWeights } from './float64/losses';
import type { KernelCase } from './kernel-case';

/** Logits of examples that are ordinary, wrong, sure, and as sure as float32 can tell; the first class is the label. */
const confident = [
  [0.5, -0.25, 1, 0.125],
  [-2, 5, 3, 0],
  [18, 0.5, 0, 1],
  [40, 0, 1, -3],
  [60, -20, 19, 18],
  [85, 0, 1, 2],
];
/** Differences that are tiny beside the logits, and exact. */
const close = [
  [1, 1 + 2 ** -20, 1 - 2 ** -20, 0],
  [3, 2.5, -1, 2.75],
  [2 ** -40, 3 * 2 ** -40, -(2 ** -40), -1],
  [1e-6, -1e-6, 3e-6, -2e-6].map(Math.fround),
  [1e4, -1e4, 1e3, 1],
];

interface NamedLoss {
  /** The kernel that makes it hard. */
  kernel: string;
  name: string;
  rows: readonly (readonly number[])[];
  loss: Loss;
  /** A loss for each row. */
  op(z: Tensor2D): Tensor;
  precision: KernelCase['precision'];
}

const label = 0;

/** One row of weights for each row of logits. */
const weights = (of: (row: readonly number[]) => number[], rows: NamedLoss['rows']) => tensor2d(rows.map(of));
const marks = (row: readonly number[]) => row.map((_, k) => Number(k === label));
const dot = (z: Tensor2D, by: Tensor2D) => sum(mul(z, by), 1);

/** The label's logit gone, as from a softmax of the other classes. */
function others(z: Tensor2D): Tensor2D {
  const [n, classes] = z.shape;
  const flags = Array.from({ length: n * classes }, (_, i) => Number(i % classes === label));
  return where(tensor2d(flags, [n, classes], 'bool'), -1e38, z);
}
const excessOf = (z: Tensor2D) => sub(logSumExp(others(z), 1), dot(z, weights(marks, confident)));

/** The logarithm of each row's softmax, at the label. */
function gathered(z: Tensor2D): Tensor {
  const [n, classes] = z.shape;
  const at = Array.from({ length: n }, (_, row) => row * classes + label);
  return neg(gather(reshape(logSoftmax(z), [-1]), tensor1d(at, 'int32')));
}

const named: readonly NamedLoss[] = [
  {
    kernel: 'Softplus',
    name: 'cross entropy by softplus',
    rows: confident,
    loss: crossEntropy,
    op: (z) => softplus(excessOf(z)),
    precision: 'transcendental',
  },
  {
    kernel: 'Log',
    name: 'cross entropy by logSoftmax, gathered',
    rows: confident,
    loss: logSoftmaxEntropy,
    op: gathered,
    precision: 'transcendental',
  },
  {
    kernel: 'Log',
    name: 'softmaxCrossEntropy',
    rows: confident,
    loss: logSoftmaxEntropy,
    op: (z) => losses.softmaxCrossEntropy(weights(marks, confident), z, undefined, 0, Reduction.NONE),
    precision: 'transcendental',
  },
  {
    kernel: 'RealDiv',
    name: 'difference of logits ratio',
    rows: close,
    loss: logitsRatio,
    op(z) {
      const above = weights((row) => ratioWeights(row, label).up, close);
      const below = weights((row) => ratioWeights(row, label).spread, close);
      return neg(div(dot(z, above), add(dot(z, below), 1e-12)));
    },
    precision: 'rounded',
  },
];

function casesOfLoss({ kernel, name, rows, loss, op, precision }: NamedLoss): KernelCase[] {
  const { terms } = loss;
  const shape = [rows.length, rows[0].length];
  const dy = cotangents(rows.length);
  const common = { kernel, name, dtype: 'float32', precision } as const;
  return [
    {
      ...common,
      of: 'forward',
      compute: () => op(logits(rows)),
      shape: [rows.length],
      expected: () => rows.map((row) => loss.value(row, label)),
      ...(terms && { terms: () => rows.map((row) => terms(row, label)) }),
    },
    {
      ...common,
      of: 'gradient',
      compute: () => grad((z) => op(z as Tensor2D))(logits(rows), tensor1d(dy)),
      shape,
      expected: () => rows.flatMap((row, i) => loss.gradient(row, label).map((slope) => dy[i] * slope)),
      terms: () => rows.flatMap((row, i) => loss.gradientTerms(row, label).map((size) => Math.abs(dy[i]) * size)),
    },
  ];
}
const logits = (rows: NamedLoss['rows']) => tensor2d(rows.map((row) => [...row]));

/** The gradient that the attacks of Agoge take of the cross entropy: none of it cancels. */
const inClosedForm: KernelCase = {
  kernel: 'Sigmoid',
  of: 'forward',
  name: 'gradient of the cross entropy in closed form',
  compute() {
    const z = logits(confident);
    return mul(expandDims(sigmoid(excessOf(z)), 1), sub(softmax(others(z)), weights(marks, confident)));
  },
  shape: [confident.length, confident[0].length],
  dtype: 'float32',
  expected: () => confident.flatMap((row) => crossEntropy.gradient(row, label)),
  precision: 'transcendental',
};

/** Losses as attacks take them, of examples that a classifier is sure of: there a lost tail is a lost gradient. */
export const lossCases: readonly KernelCase[] = [...named.flatMap(casesOfLoss), inClosedForm];
