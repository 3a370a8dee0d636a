import {
  _FusedMatMul,
  AvgPoolGrad,
  type AvgPoolGradAttrs,
  avgPool,
  BatchMatMul,
  backend_util,
  Cast,
  cast,
  fused,
  grad,
  MaxPoolGrad,
  matMul,
  maxPool,
  OneHot,
  oneHot,
  ones,
  Prelu,
  prelu,
  reshape,
  Select,
  Sign,
  sign,
  type Tensor2D,
  type Tensor4D,
  type TensorInfo,
  tensor1d,
  tensor2d,
  tensor4d,
  util,
  where,
} from '@tensorflow/tfjs-core';
import type { StockFault } from './stock-fault';
import type { KernelCall } from './watch-kernels';

type Inputs<Name extends string> = Record<Name, TensorInfo>;

/** Inner dimension up to which wasm's loop for transposed and batched products has no partial sums. */
const blockSize = 48;

const gradientOfMaxima = (pixels: number[]) =>
  grad((x) => maxPool(x as Tensor4D, 2, 2, 'valid'))(tensor4d(pixels, [1, 2, 2, 1]));

/** Every silent fault that is known, of any backend: running its program says whether the current one has it. */
export const stockFaults: readonly StockFault[] = [
  {
    kernel: MaxPoolGrad,
    fault: 'maximum-below-zero',
    says: 'loses the gradient of a maximum at or below zero',
    concerns: () => true,
    compute: () => gradientOfMaxima([-4, -3, -2, -1]),
    right: [0, 0, 0, 1],
  },
  {
    kernel: MaxPoolGrad,
    fault: 'last-of-tied-maxima',
    says: 'gives the gradient of tied maxima to the last in place of the first',
    concerns: ({ attributes }) => [attributes.filterSize].flat().some((size) => size !== 1),
    compute: () => gradientOfMaxima([1, 1, 1, 1]),
    right: [1, 0, 0, 0],
  },
  {
    kernel: AvgPoolGrad,
    fault: 'padding-counted',
    says: 'counts the padding among the pixels of a window',
    concerns: reachesPadding,
    compute: () => grad((x) => avgPool(x as Tensor4D, 3, 1, 'same'))(ones([1, 2, 2, 1])),
    right: [1, 1, 1, 1],
  },
  {
    kernel: _FusedMatMul,
    fault: 'bias-and-activation-of-partial-sums',
    says: 'misplaces the bias of a transposed or batched product, and adds bias and activation to partial sums',
    concerns(call) {
      if (isPlainProduct(call)) return false;
      const { a, bias } = call.inputs as Inputs<'a'> & Partial<Inputs<'bias'>>;
      const { transposeA, activation } = call.attributes;
      const inner = a.shape[a.shape.length - (transposeA ? 2 : 1)];
      return bias !== undefined || (inner > blockSize && (activation === 'relu' || activation === 'relu6'));
    },
    compute() {
      const row = Array.from({ length: 100 }, (_, i) => (i < 50 ? -1 : 2));
      const a = tensor2d([...row, ...row], [2, 100]);
      const b = ones([2, 100]) as Tensor2D;
      return fused.matMul({ a, b, transposeB: true, bias: tensor1d([1, 2]), activation: 'relu' });
    },
    right: [51, 52, 51, 52],
  },
  ...[BatchMatMul, _FusedMatMul].map(
    (kernel): StockFault => ({
      kernel,
      fault: 'stale-weights-after-reshape',
      says: 'reads a reshaped matrix in the shape that it had first',
      concerns: (call, earlier) => earlier.some((each) => sharesReshaped(each, call)),
      // The larger result last: the other way round the stock kernel writes beyond the smaller one.
      compute() {
        const product = (a: Tensor2D, b: Tensor2D) => (kernel === BatchMatMul ? matMul(a, b) : fused.matMul({ a, b }));
        const weights = tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
        product(ones([1, 3]), weights);
        return product(ones([1, 2]), reshape(weights, [2, 3]));
      },
      right: [5, 7, 9],
    }),
  ),
  {
    kernel: OneHot,
    fault: 'integer-bits-as-float',
    says: 'writes the bits of integers into a result of another type',
    concerns: ({ attributes }) => attributes.dtype !== 'int32',
    compute: () => oneHot(tensor1d([1, 0], 'int32'), 2, 1, 0, 'float32'),
    right: [0, 1, 1, 0],
  },
  {
    kernel: Sign,
    fault: 'tiny-is-zero',
    says: 'gives 0 for numbers below 1.2e-7',
    concerns: ({ inputs }) => (inputs as Inputs<'x'>).x.dtype === 'float32',
    compute: () => sign(tensor1d([1e-8, -1e-8])),
    right: [1, -1],
  },
  {
    kernel: Cast,
    fault: 'bool-by-truncation',
    says: 'takes numbers for false of whose integer part the lowest byte is 0',
    concerns: ({ inputs, attributes }) => attributes.dtype === 'bool' && (inputs as Inputs<'x'>).x.dtype !== 'bool',
    compute: () => cast(tensor1d([0.5, 256, 0]), 'bool'),
    right: [1, 1, 0],
  },
  {
    kernel: Select,
    fault: 'bool-overruns',
    says: 'takes bools for integers, and writes over what lies behind them',
    concerns: ({ inputs }) => (inputs as Inputs<'t'>).t.dtype === 'bool',
    // Two bools: what is written beyond them still lies within the smallest piece of memory there is.
    compute: () => where(tensor1d([1, 0], 'bool'), tensor1d([0, 0], 'bool'), tensor1d([1, 1], 'bool')),
    right: [0, 1],
  },
  {
    kernel: Prelu,
    fault: 'slopes-by-position',
    says: 'takes slopes that are shared along an inner axis for slopes of the last axes',
    concerns({ inputs }) {
      const { x, alpha } = inputs as Inputs<'x' | 'alpha'>;
      const slopes = alpha.shape.slice(alpha.shape.findIndex((size) => size !== 1));
      return util.sizeFromShape(alpha.shape) > 1 && !util.arraysEqual(slopes, x.shape.slice(-slopes.length));
    },
    compute: () => prelu(tensor2d([-1, -1, -1, -1], [2, 2]), tensor2d([1, 2], [2, 1])),
    right: [-1, -1, -2, -2],
  },
];

/** Whether a window of an average pooling reaches beyond the images. */
function reachesPadding({ inputs, attributes }: KernelCall): boolean {
  const { dy, input } = inputs as Inputs<'dy' | 'input'>;
  const { filterSize, strides, pad } = attributes as unknown as AvgPoolGradAttrs;
  const shape = input.shape as [number, number, number, number];
  const { padInfo, ...size } = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad);
  const end = (outputs: number, stride: number, filter: number) => (outputs - 1) * stride + filter;
  return (
    padInfo.top > 0 ||
    padInfo.left > 0 ||
    end(dy.shape[1], size.strideHeight, size.filterHeight) > size.inHeight ||
    end(dy.shape[2], size.strideWidth, size.filterWidth) > size.inWidth
  );
}

/** Whether a product is one of single matrices, none transposed: the one that wasm packs the right operand for and keeps. */
function isPlainProduct({ inputs, attributes }: KernelCall): boolean {
  const { a, b } = inputs as Inputs<'a' | 'b'>;
  const isSingle = ({ shape }: TensorInfo) => util.sizeFromShape(shape.slice(0, -2)) === 1;
  return !attributes.transposeA && !attributes.transposeB && isSingle(a) && isSingle(b);
}

/** Whether two products have the same data for a right operand, in two shapes. */
function sharesReshaped(one: KernelCall, other: KernelCall): boolean {
  const products = [one, other];
  if (!products.every(({ kernel }) => kernel === BatchMatMul || kernel === _FusedMatMul)) return false;
  if (!products.every(isPlainProduct)) return false;
  const [first, second] = products.map(({ inputs }) => (inputs as Inputs<'b'>).b);
  return first.dataId === second.dataId && !util.arraysEqual(first.shape.slice(-2), second.shape.slice(-2));
}
