import { broadcast_util } from '@tensorflow/tfjs-core';
import { areFullFloats, type LoweredKernel, lowered } from '../lowered-kernel';
import type { Lowering, Value } from '../lowering';
import { activate, type FusedActivation, takesActivation } from './activation';

interface MatrixAttributes {
  transposeA: boolean;
  transposeB: boolean;
}

function productShape(a: number[], b: number[], { transposeA, transposeB }: MatrixAttributes): number[] {
  const rows = transposeA ? a[a.length - 1] : a[a.length - 2];
  const columns = transposeB ? b[b.length - 2] : b[b.length - 1];
  const inner = [transposeA ? a[a.length - 2] : a[a.length - 1], transposeB ? b[b.length - 1] : b[b.length - 2]];
  if (inner[0] !== inner[1]) {
    const transposed = `transposeA=${transposeA} and transposeB=${transposeB}`;
    throw new Error(
      `matMul: inner shapes (${inner[0]}) and (${inner[1]}) of [${a}] and [${b}], ${transposed}, must match`,
    );
  }
  return [...broadcast_util.assertAndGetBroadcastShape(a.slice(0, -2), b.slice(0, -2)), rows, columns];
}

/** a b, each transposed in its last two axes where asked. One matrix each is a Gemm, which takes transposes as they lie. */
function product(
  graph: Lowering,
  a: Value,
  b: Value,
  { transposeA, transposeB }: MatrixAttributes,
  shape: number[],
): Value {
  const [left, right] = [graph.asPlain(a), graph.asPlain(b)];
  const areMatrices = a.shape.length === 2 && b.shape.length === 2;
  const name = areMatrices
    ? graph.emit('Gemm', [left, right], { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 })
    : graph.product(left, right, transposeA, transposeB);
  return graph.plain(name, shape, 'float32');
}

export const matrixKernels: readonly LoweredKernel[] = [
  lowered<MatrixAttributes>({
    kernel: 'BatchMatMul',
    takes: ({ a, b }) => areFullFloats({ a, b }),
    infer: ({ a, b }, attributes) => ({ shape: productShape(a.shape, b.shape, attributes), dtype: 'float32' }),
    lower(graph, { a, b }, attributes, [{ shape }]) {
      // A batch of one is a matrix.
      const flat = (each: Value) =>
        each.shape.length > 2 && each.shape.slice(0, -2).every((length) => length === 1)
          ? graph.reshape(each, each.shape.slice(-2))
          : each;
      const [left, right] = [flat(a), flat(b)];
      if (left.shape.length === 2 && right.shape.length === 2) {
        return graph.reshape(product(graph, left, right, attributes, shape.slice(-2)), shape);
      }
      return product(graph, a, b, attributes, shape);
    },
  }),
  lowered<MatrixAttributes & FusedActivation>({
    kernel: '_FusedMatMul',
    takes: ({ a, b }, attributes) =>
      a.dtype === 'float32' && takesActivation(attributes) && !a.shape.includes(0) && !b.shape.includes(0),
    infer: ({ a, b }, attributes) => ({ shape: productShape(a.shape, b.shape, attributes), dtype: 'float32' }),
    lower(graph, { a, b, bias, preluActivationWeights }, attributes, [{ shape }]) {
      const flat = (each: Value) => graph.reshape(each, each.shape.slice(-2));
      const single = [a, b].every((each) => each.shape.slice(0, -2).every((length) => length === 1));
      const y = single
        ? graph.reshape(product(graph, flat(a), flat(b), attributes, shape.slice(-2)), shape)
        : product(graph, a, b, attributes, shape);
      return activate(graph, y, attributes, bias, preluActivationWeights);
    },
  }),
];
