import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import {
  avgPool,
  cast,
  clipByValue,
  conv2d,
  cumprod,
  cumsum,
  depthwiseConv2d,
  fused,
  gather,
  grad,
  image as imageOps,
  matMul,
  maxPool,
  memory,
  mirrorPad,
  mul,
  oneHot,
  ones,
  prelu,
  type Rank,
  reshape,
  setBackend,
  sign,
  stridedSlice,
  sum,
  type Tensor,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tidy,
  where,
  zeros,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasFault } from './stock-fault';
import { stockFaults } from './stock-faults';
import { watchGradients } from './watch-gradients';
import { type KernelCall, watchKernels } from './watch-kernels';

async function foundOn(backend: string): Promise<string[]> {
  await setBackend(backend);
  const found: string[] = [];
  for (const each of stockFaults) if (await hasFault(each)) found.push(`${each.kernel} ${each.fault}`);
  return found;
}

it('finds on stock cpu and wasm every fault but those of GPUs', async () => {
  expect(await foundOn('cpu')).toEqual([
    'AvgPoolGrad padding-counted',
    'BatchMatMul batches-repeated-wrongly',
    'StridedSlice dropped-axes-misread',
    'MirrorPad mirrored-pixels-left-out',
    'Cumsum transposed',
    'ResizeBilinearGrad half-pixel-centres',
    'ResizeNearestNeighborGrad half-pixel-centres',
    'ResizeNearestNeighborGrad images-mixed-up',
    'Transform first-image-only',
  ]);
  expect(await foundOn('wasm')).toEqual([
    'MaxPoolGrad maximum-below-zero',
    'MaxPoolGrad last-of-tied-maxima',
    'AvgPoolGrad padding-counted',
    'Conv2D unwritten-if-one-axis-is-padded',
    'DepthwiseConv2dNative unwritten-if-one-axis-is-padded',
    'FusedConv2D unwritten-if-one-axis-is-padded',
    'FusedDepthwiseConv2D unwritten-if-one-axis-is-padded',
    '_FusedMatMul bias-and-activation-of-partial-sums',
    'BatchMatMul stale-weights-after-reshape',
    '_FusedMatMul stale-weights-after-reshape',
    'BatchMatMul batches-repeated-wrongly',
    'OneHot integer-bits-as-float',
    'Sign tiny-is-zero',
    'ClipByValue integers-as-floats',
    'Cast bool-by-truncation',
    'Select bool-overruns',
    'Prelu slopes-by-position',
    'GatherV2 batches-misread',
    'StridedSlice dropped-axes-misread',
    'StridedSlice type-lost',
    'MirrorPad mirrored-pixels-left-out',
    'Cumsum transposed',
    'ResizeBilinearGrad half-pixel-centres',
    'ResizeNearestNeighborGrad half-pixel-centres',
    'RotateWithOffset fill-truncated',
    'Transform reflected-wrongly',
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
    const note = (of?: 'gradient') => (call: KernelCall) => {
      for (const each of stockFaults) {
        if (each.of === of && each.kernel === call.kernel && each.concerns(call, earlier)) found.add(each.fault);
      }
      earlier.push(call);
    };
    const names = stockFaults.map(({ kernel }) => kernel);
    tidy(() => watchKernels(note(), () => watchGradients(note('gradient'), program, names)));
    return [...found];
  }

  const image = (size = 6) => ones([2, size, size, 3]) as Tensor4D;
  const gradient = (f: (x: Tensor4D) => Tensor, x = image()) => grad((each) => f(each as Tensor4D))(x);
  const filter = (height: number, width: number) => ones([height, width, 3, 1]) as Tensor4D;
  const unwritten = 'unwritten-if-one-axis-is-padded';
  const batches = (left: number[], right: number[]) => matMul(ones([...left, 2, 2]), ones([...right, 2, 2]));
  const indices = (...shape: number[]) => zeros<Rank.R1>(shape as [number], 'int32');
  const crop = (x: Tensor4D) => imageOps.cropAndResize(x, tensor2d([0, 0, 1, 1], [1, 4]), indices(1), [1, 1]);
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
    ['a range of floats', () => clipByValue(ones([2]), 0, 1), []],
    ['a range of integers', () => clipByValue(ones([2], 'int32'), 0, 1), ['integers-as-floats']],
    ['convolution, same', () => conv2d(image(), filter(3, 3), 2, 'same'), []],
    ['convolution, valid', () => conv2d(image(), filter(3, 1), 2, 'valid'), []],
    ['convolution, same, of one pixel at every other', () => conv2d(image(), filter(1, 1), 2, 'same'), []],
    ['convolution, same, 3x1', () => conv2d(image(), filter(3, 1), 1, 'same'), []],
    ['convolution, same, 3x1 with stride, to the end', () => conv2d(image(5), filter(3, 1), 2, 'same'), []],
    ['convolution, same, 3x1 with stride, short of it', () => conv2d(image(), filter(3, 1), 2, 'same'), [unwritten]],
    ['convolution, same, 2x2 with stride 3', () => conv2d(image(), filter(2, 2), 3, 'same'), [unwritten]],
    ['convolution, the same in numbers', () => conv2d(image(), filter(3, 1), 2, 1), []],
    [
      'depthwise convolution, same, 1x3 with stride, short of the end',
      () => depthwiseConv2d(image(), filter(1, 3), 2, 'same'),
      [unwritten],
    ],
    [
      'fused convolution, same, 3x1 with stride, short of the end',
      () => fused.conv2d({ x: image(), filter: filter(3, 1), strides: 2, pad: 'same' }),
      [unwritten],
    ],
    ['batches of one', () => batches([2, 3], [1, 1]), []],
    ['batches of as many', () => batches([2, 3], [2, 3]), []],
    ['a batch repeated as a whole', () => batches([2, 3], [3]), []],
    ['a batch repeated within', () => batches([2, 3], [2, 1]), ['batches-repeated-wrongly']],
    ['batches both repeated', () => batches([1, 3], [2, 1]), ['batches-repeated-wrongly']],
    ['gather', () => gather(ones([2, 3]), indices(2, 2)), []],
    ['gather in an image alone', () => gather(ones([1, 3]), indices(1, 2), 1, 1), []],
    ['gather in a batch, as many as images', () => gather(ones([2, 3]), indices(2, 2), 1, 1), []],
    ['gather in a batch', () => gather(ones([2, 3]), indices(2, 1), 1, 1), ['batches-misread']],
    ['a slice', () => stridedSlice(ones([3, 3], 'int32'), [1, 0], [2, 3], [1, 1], 0, 0, 0, 0, 1), []],
    ['every other', () => stridedSlice(ones([3, 3]), [1, 0], [2, 3], [1, 2]), []],
    [
      'every other, an axis dropped',
      () => stridedSlice(ones([3, 3]), [0, 0], [1, 3], [1, 2], 0, 0, 0, 0, 1),
      ['dropped-axes-misread'],
    ],
    ['every other integer', () => stridedSlice(ones([3], 'int32'), [0], [3], [2]), ['type-lost']],
    ['mirrored padding without its gradient', () => mirrorPad(ones([2]), [[1, 1]], 'reflect'), []],
    [
      'mirrored padding that nothing is made of',
      () => grad((x) => mul(x, sum(mirrorPad(ones([2]), [[1, 1]], 'reflect'))))(ones([2])),
      [],
    ],
    ['the gradient of no mirrored padding', () => grad((x) => mirrorPad(x, [[0, 0]], 'reflect'))(ones([2])), []],
    [
      'the gradient of mirrored padding',
      () => grad((x) => mirrorPad(x, [[0, 1]], 'reflect'))(ones([2])),
      ['mirrored-pixels-left-out'],
    ],
    ['running sums along the first axis', () => cumsum(ones([2, 2]), 0), []],
    ['running sums from the end', () => cumsum(ones([2, 2]), 1, false, true), ['wrong-if-reversed']],
    ['running products from the end', () => cumprod(ones([2, 2]), 1, false, true), ['wrong-if-reversed']],
    [
      'the gradient of sums from the end',
      () => grad((x) => cumsum(x, 1, false, true))(ones([2, 2])),
      ['wrong-if-reversed'],
    ],
    ['the gradient of running sums', () => grad((x) => cumsum(x, 1))(ones([2, 2])), ['wrong-if-reversed']],
    [
      'the gradient of running sums along the first axis',
      () => grad((x) => cumsum(x, 0))(ones([2, 2])),
      ['transposed', 'wrong-if-reversed'],
    ],
    ['resizing without its gradient', () => imageOps.resizeBilinear(image(), [3, 3], false, true), []],
    ['the gradient of resizing', () => gradient((x) => imageOps.resizeBilinear(x, [3, 3])), []],
    [
      'the gradient of resizing by pixel centres',
      () => gradient((x) => imageOps.resizeBilinear(x, [3, 3], false, true)),
      ['half-pixel-centres'],
    ],
    ['the gradient of resizing by corners', () => gradient((x) => imageOps.resizeBilinear(x, [3, 3], true)), []],
    [
      'the gradient of resizing one pixel by corners',
      () => gradient((x) => imageOps.resizeBilinear(x, [3, 3], true), image(1)),
      ['single-pixel-lost'],
    ],
    [
      'the gradient of the nearest pixels of an image',
      () => gradient((x) => imageOps.resizeNearestNeighbor(x, [3, 3]), ones([1, 2, 2, 3])),
      [],
    ],
    [
      'the gradient of the nearest pixels of a batch',
      () => gradient((x) => imageOps.resizeNearestNeighbor(x, [3, 3])),
      ['images-mixed-up'],
    ],
    [
      'the gradient of the nearest pixels of a batch, all of them',
      () => gradient((x) => imageOps.resizeNearestNeighbor(x, [6, 6])),
      [],
    ],
    ['rotation into black', () => imageOps.rotateWithOffset(image(), 1), []],
    ['rotation into grey', () => imageOps.rotateWithOffset(image(), 1, [0, 0.5, 1]), ['fill-truncated']],
    ['warping an image', () => imageOps.transform(ones([1, 2, 2, 1]), ones([1, 8])), []],
    ['warping a batch', () => imageOps.transform(image(), ones([1, 8])), ['first-image-only']],
    [
      'warping mirrored',
      () => imageOps.transform(ones([1, 2, 2, 1]), ones([1, 8]), 'nearest', 'reflect'),
      ['reflected-wrongly'],
    ],
    ['crops of an image', () => crop(ones([1, 2, 2, 3])), []],
    ['crops of a batch', () => crop(image()), ['boxes-for-images']],
    ['slopes of pixels', () => prelu(image(), ones([6, 6, 1]) as Tensor), ['slopes-by-position']],
  ])('%s: %#', (_what, program, faults) => {
    expect(met(program)).toEqual(faults);
  });
});
