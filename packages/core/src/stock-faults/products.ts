import {
  _FusedMatMul,
  BatchMatMul,
  backend_util,
  fused,
  matMul,
  ones,
  reshape,
  type Tensor2D,
  type TensorInfo,
  tensor,
  tensor1d,
  tensor2d,
  util,
} from '@tensorflow/tfjs-core';
import type { Inputs, StockFault } from '../stock-fault';
import type { KernelCall } from '../watch-kernels';

/** Inner dimension up to which wasm's loop for transposed and batched products has no partial sums. */
const blockSize = 48;

/** Of products of matrices. */
export const ofProducts: readonly StockFault[] = [
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
    kernel: BatchMatMul,
    fault: 'batches-repeated-wrongly',
    says: 'misreads a batch of matrices that is repeated along some axes, or beside another that is',
    concerns: repeatsInnerBatch,
    compute: () => matMul(tensor([1, 2], [2, 1, 1, 1]), ones([2, 2, 1, 1])),
    right: [1, 1, 2, 2],
  },
];

/** Whether a batch of matrices is repeated otherwise than as a whole. */
function repeatsInnerBatch({ inputs }: KernelCall): boolean {
  const batches = Object.values(inputs as Inputs<'a' | 'b'>).map(({ shape }) => shape.slice(0, -2));
  const all = backend_util.assertAndGetBroadcastShape(batches[0], batches[1]);
  return batches.some((batch) => {
    const inner = batch.slice(batch.findIndex((size) => size !== 1));
    return util.sizeFromShape(batch) > 1 && !util.arraysEqual(inner, all.slice(-inner.length));
  });
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
