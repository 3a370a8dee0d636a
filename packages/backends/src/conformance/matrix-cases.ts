import { concat, fused, matMul, reshape, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { fixed } from './fixed-case';
import { fusedActivations } from './float64/fused-activation';
import { sizeOf } from './float64/linear-map';
import { product, productShape } from './float64/product';
import { values } from './float64/values';
import type { KernelCase } from './kernel-case';
import { forward, fusedForward, gradient, type NamedProduct } from './matrix-case';

/** The four ways in which the operands of an m x k by k x n product may be stored. */
function stored(m: number, k: number, n: number, batch: number[] = []): NamedProduct[] {
  return [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({
      name: `${[...batch, m].join('x')}x${k}${transposeA ? ' transposed' : ''} by ${k}x${n}${transposeB ? ' transposed' : ''}`,
      a: [...batch, ...(transposeA ? [k, m] : [m, k])],
      b: [...batch, ...(transposeB ? [n, k] : [k, n])],
      transposeA,
      transposeB,
    })),
  );
}

const plain: NamedProduct[] = [
  ...stored(1, 1, 1),
  ...stored(5, 1, 7),
  ...stored(3, 48, 4),
  ...stored(3, 49, 5),
  ...stored(2, 100, 3),
  ...stored(17, 100, 10),
  ...stored(1, 100, 10),
  ...stored(7, 100, 1),
  ...stored(5, 512, 9),
  ...stored(3, 100, 5, [2]),
  ...stored(4, 49, 3, [2, 3]),
  ...stored(2, 17, 3, [1]),
];

const batches: NamedProduct[] = [
  { name: 'one left matrix for a batch', a: [1, 3, 4], b: [2, 4, 5] },
  { name: 'one right matrix for a batch', a: [2, 3, 4], b: [1, 4, 5] },
  { name: 'a right matrix of rank 2 for a batch', a: [2, 3, 4], b: [4, 5] },
  { name: 'a left matrix of rank 2 for a batch', a: [3, 4], b: [2, 4, 5] },
  { name: 'a batch of rank 3 by one of rank 4', a: [2, 3, 4], b: [3, 2, 4, 5] },
  { name: 'batches 2x1 by 1x3', a: [2, 1, 3, 4], b: [1, 3, 4, 5] },
  { name: 'batches 2x3 by 2x1', a: [2, 3, 3, 4], b: [2, 1, 4, 5] },
];

const odd: NamedProduct[] = [
  { name: 'no rows', a: [0, 4], b: [4, 5] },
  { name: 'no columns', a: [3, 4], b: [4, 0] },
  { name: 'nothing to sum', a: [3, 0], b: [0, 5] },
  { name: 'no matrices', a: [0, 3, 4], b: [0, 4, 5] },
  { name: 'magnitude 1e4', a: [3, 49], b: [49, 5], scale: 1e4 },
  { name: 'magnitude 1e-8', a: [3, 49], b: [49, 5], scale: 1e-8 },
  { name: 'magnitude 1e-30', a: [3, 49], b: [49, 5], scale: 1e-30 },
  { name: 'NaN in the first row', a: [3, 50], b: [50, 5], special: Number.NaN },
  {
    name: 'NaN in the first row, transposed',
    a: [50, 3],
    b: [5, 50],
    transposeA: true,
    transposeB: true,
    special: Number.NaN,
  },
  { name: 'Infinity in the first row', a: [3, 50], b: [50, 5], special: Number.POSITIVE_INFINITY },
  { name: '-Infinity in the first row of a batch', a: [2, 3, 50], b: [2, 50, 5], special: Number.NEGATIVE_INFINITY },
];

const [linear, relu] = fusedActivations;
const single = { kernel: 'BatchMatMul', of: 'forward', dtype: 'float32', precision: 'arithmetic' } as const;
const weights = () => tensor(values(600, 2), [100, 6]);

/**
 * A backend that keeps packed weights by their data must not take the ones of another shape, nor of another time. The first
 * shape has fewer columns, so that a stock wasm backend, which takes the old weights, does not write past its result.
 */
const kept: KernelCase[] = [
  {
    ...single,
    name: 'weights that ran before in another shape',
    compute() {
      const w = weights();
      matMul(tensor(values(400, 1), [2, 200]), reshape(w, [200, 3]));
      return matMul(tensor(values(200, 1), [2, 100]), w);
    },
    shape: [2, 6],
    expected: () => product({ a: [2, 100], b: [100, 6] }, values(200, 1), values(600, 2)),
  },
  {
    ...single,
    name: 'weights that ran before transposed',
    compute() {
      const w = tensor(values(36, 2), [6, 6]);
      const x = tensor(values(12, 1), [2, 6]);
      return concat([matMul(x, w), matMul(x, w, false, true), matMul(x, w)]);
    },
    shape: [6, 6],
    expected: () => {
      const of = (transposeB: boolean) => [
        ...product({ a: [2, 6], b: [6, 6], transposeB }, values(12, 1), values(36, 2)),
      ];
      return [...of(false), ...of(true), ...of(false)];
    },
  },
  {
    ...single,
    name: 'weights disposed and made anew',
    compute() {
      const x = tensor(values(200, 1), [2, 100]);
      return concat(
        [2, 3, 4].map((seed) => {
          const w = tensor(values(600, seed), [100, 6]);
          const result = matMul(x, w);
          w.dispose();
          return result;
        }),
      );
    },
    shape: [6, 6],
    expected: () =>
      [2, 3, 4].flatMap((seed) => [...product({ a: [2, 100], b: [100, 6] }, values(200, 1), values(600, seed))]),
  },
  {
    ...single,
    kernel: '_FusedMatMul',
    name: 'weights that ran before in another shape',
    compute() {
      const w = weights();
      fused.matMul({ a: tensor(values(400, 1), [2, 200]), b: reshape(w, [200, 3]), activation: 'relu' });
      return fused.matMul({ a: tensor(values(200, 1), [2, 100]), b: w, activation: 'relu' });
    },
    shape: [2, 6],
    expected: () =>
      product({ a: [2, 100], b: [100, 6] }, values(200, 1), values(600, 2)).map((each) => Math.max(0, each)),
  },
  {
    ...single,
    kernel: '_FusedMatMul',
    name: 'weights with one bias and activation, then others',
    compute() {
      const [x, w] = [tensor(values(200, 1), [2, 100]), weights()];
      const run = (bias: Tensor | undefined, activation: 'linear' | 'relu') =>
        fused.matMul({ a: x, b: w, bias, activation });
      const [first, second] = [tensor(values(6, 4)), tensor(values(6, 5))];
      return concat([run(first, 'linear'), run(second, 'linear'), run(second, 'relu'), run(undefined, 'linear')]);
    },
    shape: [8, 6],
    expected() {
      const sums = [...product({ a: [2, 100], b: [100, 6] }, values(200, 1), values(600, 2))];
      const [first, second] = [values(6, 4), values(6, 5)];
      return [
        ...sums.map((each, i) => each + first[i % 6]),
        ...sums.map((each, i) => each + second[i % 6]),
        ...sums.map((each, i) => Math.max(0, each + second[i % 6])),
        ...sums,
      ];
    },
  },
];

/** A product of int32, of numbers up to a bound. */
function ofIntegers(each: NamedProduct, kind: string, bound: number): KernelCase {
  const { a, b, transposeA, transposeB } = each;
  const numbers = (shape: readonly number[], seed: number) =>
    Array.from(values(sizeOf(shape), seed), (value) => Math.round(value * bound));
  return fixed({
    kernel: 'BatchMatMul',
    name: `${kind}: ${each.name}`,
    compute: () =>
      matMul(tensor(numbers(a, 1), [...a], 'int32'), tensor(numbers(b, 2), [...b], 'int32'), transposeA, transposeB),
    shape: productShape(each),
    dtype: 'int32',
    values: () => product(each, numbers(a, 1), numbers(b, 2)),
  });
}

/** Sums that float32 holds, and some that it does not. */
const integers: KernelCase[] = [
  ...stored(3, 17, 4),
  ...stored(2, 5, 3, [2]),
  ...batches.slice(0, 3),
  ...odd.slice(0, 4),
].flatMap((each) => [ofIntegers(each, 'small integers', 9), ofIntegers(each, 'int32', 9000)]);

/** Products of matrices and of batches of them, plain and fused, and their gradients. */
export const matrixCases: readonly KernelCase[] = [
  ...[...plain, ...batches, ...odd].map(forward),
  ...[...stored(3, 100, 5), ...stored(49, 3, 100), ...stored(3, 49, 5, [2]), ...batches, ...odd.slice(0, 5)].flatMap(
    (each) => [gradient(each, 'a'), gradient(each, 'b')],
  ),
  ...[...stored(3, 100, 6), ...stored(3, 49, 5, [2])].flatMap((each) =>
    fusedActivations.map((activation) => fusedForward(each, activation)),
  ),
  ...[...stored(17, 100, 10)].flatMap((each) => [
    fusedForward(each, linear, false),
    fusedForward(each, relu, false),
    gradient(each, 'a', 'fused.matMul'),
    gradient(each, 'b', 'fused.matMul'),
  ]),
  ...odd.flatMap((each) => [fusedForward(each, linear), fusedForward(each, relu)]),
  ...batches.slice(0, 3).map((each) => fusedForward(each, relu)),
  ...kept,
  ...integers,
];
