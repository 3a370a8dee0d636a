import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import {
  avgPool,
  cast,
  fused,
  grad,
  matMul,
  maxPool,
  memory,
  oneHot,
  ones,
  prelu,
  reshape,
  setBackend,
  sign,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tidy,
  where,
  zeros,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasFault } from './stock-fault';
import { stockFaults } from './stock-faults';
import { type KernelCall, watchKernels } from './watch-kernels';

async function foundOn(backend: string): Promise<string[]> {
  await setBackend(backend);
  const found: string[] = [];
  for (const each of stockFaults) if (await hasFault(each)) found.push(`${each.kernel} ${each.fault}`);
  return found;
}

it('has on stock wasm every fault, on stock cpu that of average pooling alone', async () => {
  expect(await foundOn('cpu')).toEqual(['AvgPoolGrad padding-counted']);
  expect(await foundOn('wasm')).toEqual([
    'MaxPoolGrad maximum-below-zero',
    'MaxPoolGrad last-of-tied-maxima',
    'AvgPoolGrad padding-counted',
    '_FusedMatMul bias-and-activation-of-partial-sums',
    'BatchMatMul stale-weights-after-reshape',
    '_FusedMatMul stale-weights-after-reshape',
    'OneHot integer-bits-as-float',
    'Sign tiny-is-zero',
    'Cast bool-by-truncation',
    'Select bool-overruns',
    'Prelu slopes-by-position',
  ]);
});

it('runs programs that leave the memory of others alone, and no tensor', async () => {
  await setBackend('wasm');
  const neighbours = Array.from({ length: 40 }, (_, i) => ones([1 + (i % 5)]));
  const before = memory().numTensors;
  for (let round = 0; round < 40; round++) {
    await foundOn('wasm');
    neighbours.shift()?.dispose();
    neighbours.push(ones([1 + (round % 5)]));
  }
  expect(memory().numTensors).toBe(before);
  for (const each of neighbours) {
    expect([...(await each.data())]).toEqual(Array.from({ length: each.size }, () => 1));
    each.dispose();
  }
});

describe('concerns', () => {
  beforeAll(() => setBackend('cpu'));

  /** The faults that a program's calls can meet. */
  function met(program: () => Tensor): string[] {
    const earlier: KernelCall[] = [];
    const found = new Set<string>();
    const note = (call: KernelCall) => {
      for (const each of stockFaults) {
        if (each.kernel === call.kernel && each.concerns(call, earlier)) found.add(each.fault);
      }
      earlier.push(call);
    };
    tidy(() => watchKernels(note, program));
    return [...found];
  }

  const image = (size = 6) => ones([2, size, size, 3]) as Tensor4D;
  const gradient = (f: (x: Tensor4D) => Tensor, x = image()) => grad((each) => f(each as Tensor4D))(x);
  const bools = () => tensor1d([1, 0], 'bool');
  const partial = 'bias-and-activation-of-partial-sums';
  const product = (left: number[], right: number[], more = {}) =>
    fused.matMul({ a: ones(left), b: ones(right), ...more });

  it.each<[what: string, program: () => Tensor, faults: string[]]>([
    ['maximum pooling without its gradient', () => maxPool(image(), 2, 2, 'valid'), []],
    [
      'the gradient of maximum pooling',
      () => gradient((x) => maxPool(x, 2, 2, 'valid')),
      ['maximum-below-zero', 'last-of-tied-maxima'],
    ],
    ['windows of one pixel', () => gradient((x) => maxPool(x, 1, 2, 'valid')), ['maximum-below-zero']],
    ['average pooling, valid', () => gradient((x) => avgPool(x, 3, 2, 'valid')), []],
    ['average pooling, same, in windows that fit', () => gradient((x) => avgPool(x, 2, 2, 'same')), []],
    ['average pooling, same, at a border', () => gradient((x) => avgPool(x, 3, 2, 'same')), ['padding-counted']],
    [
      'average pooling, same, at the far border alone',
      () => gradient((x) => avgPool(x, 2, 2, 'same'), image(5)),
      ['padding-counted'],
    ],
    ['average pooling, padded by a number', () => gradient((x) => avgPool(x, 3, 1, 1)), ['padding-counted']],
    ['average pooling of all there is', () => gradient((x) => avgPool(x, 6, 1, 'valid')), []],
    ['a dense layer', () => product([2, 100], [100, 3], { bias: ones([3]), activation: 'relu' }), []],
    ['a transposed product', () => product([2, 100], [3, 100], { transposeB: true }), []],
    ['a transposed product with bias', () => product([2, 9], [3, 9], { transposeB: true, bias: ones([3]) }), [partial]],
    ['a short transposed product, cut', () => product([48, 2], [48, 3], { transposeA: true, activation: 'relu' }), []],
    [
      'a long transposed product, cut',
      () => product([49, 2], [49, 3], { transposeA: true, activation: 'relu6' }),
      [partial],
    ],
    ['a long transposed product, bent', () => product([2, 60], [3, 60], { transposeB: true, activation: 'elu' }), []],
    ['a batch of long products, cut', () => product([2, 3, 60], [2, 60, 3], { activation: 'relu' }), [partial]],
    [
      'a matrix in two shapes',
      () => {
        const w = ones([3, 2]);
        product([1, 3], [3, 2]);
        matMul(ones([1, 3]), w);
        return fused.matMul({ a: ones([1, 2]), b: reshape(w, [2, 3]) });
      },
      ['stale-weights-after-reshape'],
    ],
    [
      'a matrix in two shapes, once transposed',
      () => {
        const w = ones([3, 2]);
        matMul(ones([1, 3]), w);
        return matMul(ones([1, 3]), reshape(w, [2, 3]), false, true);
      },
      [],
    ],
    [
      'a matrix twice, once with an axis more',
      () => {
        const w = ones([3, 2]);
        matMul(ones([1, 3]), w);
        return matMul(ones([1, 1, 3]), reshape(w, [1, 3, 2]));
      },
      [],
    ],
    ['oneHot of integers', () => oneHot(tensor1d([1], 'int32'), 3), []],
    ['oneHot of floats', () => oneHot(tensor1d([1], 'int32'), 3, 1, 0, 'float32'), ['integer-bits-as-float']],
    ['the sign of floats', () => sign(ones([2])), ['tiny-is-zero']],
    ['the sign of integers', () => sign(ones([2], 'int32')), []],
    ['floats as bools', () => cast(ones([2]), 'bool'), ['bool-by-truncation']],
    ['bools as floats', () => cast(bools(), 'float32'), []],
    ['a choice of bools', () => where(bools(), bools(), bools()), ['bool-overruns']],
    ['a choice of floats by bools', () => where(bools(), ones([2]), zeros([2])), []],
    ['one slope', () => prelu(image(), ones([1]) as Tensor), []],
    ['slopes of channels', () => prelu(image(), ones([1, 1, 3]) as Tensor), []],
    ['slopes of all values', () => prelu(image(), ones([6, 6, 3]) as Tensor), []],
    ['slopes of columns and channels', () => prelu(image(), ones([1, 6, 3]) as Tensor), []],
    ['slopes of rows and channels', () => prelu(image(), ones([6, 1, 3]) as Tensor), ['slopes-by-position']],
    ['slopes of pixels', () => prelu(image(), ones([6, 6, 1]) as Tensor), ['slopes-by-position']],
  ])('%s: %#', (_what, program, faults) => {
    expect(met(program)).toEqual(faults);
  });
});
