import { backend_util, broadcast_util, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import { areFullFloats, type LoweredKernel, like, lowered } from '../lowered-kernel';
import type { Lowering, Value } from '../lowering';
import { identity } from '../order';
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

/** Axes in their order, the last two exchanged where asked. */
const matrixOrder = ({ shape }: Value, transpose: boolean) => {
  const axes = identity(shape.length);
  return transpose ? [...axes.slice(0, -2), ...axes.slice(-2).reverse()] : axes;
};

/** a b, each transposed in its last two axes where asked. One matrix each is a Gemm, which takes transposes as they lie. */
function product(
  graph: Lowering,
  a: Value,
  b: Value,
  { transposeA, transposeB }: MatrixAttributes,
  shape: number[],
): Value {
  if ([...a.shape, ...b.shape].includes(0)) return graph.filled(0, shape, a.type);
  if (a.type === 'int32') {
    const factors = [graph.in(matrixOrder(a, transposeA), a), graph.in(matrixOrder(b, transposeB), b)];
    return graph.plain(graph.emit('MatMul', factors), shape, 'int32');
  }
  const [left, right] = [graph.asPlain(a), graph.asPlain(b)];
  const areMatrices = a.shape.length === 2 && b.shape.length === 2;
  const name = areMatrices
    ? graph.emit('Gemm', [left, right], { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 })
    : graph.product(left, right, transposeA, transposeB);
  return graph.plain(name, shape, 'float32');
}

/** Lengths of the axes that an equation such as `ij,jk->ik` gives its result. */
function einsumShape(equation: string, inputs: readonly TensorInfo[]): number[] {
  const { allDims, idDims } = backend_util.decodeEinsumEquation(equation, inputs.length);
  backend_util.checkEinsumDimSizes(allDims.length, idDims, inputs as Tensor[]);
  const lengths = new Map(inputs.flatMap(({ shape }, i) => idDims[i].map((dim, axis) => [allDims[dim], shape[axis]])));
  const [, result] = equation.replace(/\s/g, '').split('->');
  return Array.from(result, (letter) => lengths.get(letter) as number);
}

export const matrixKernels: readonly LoweredKernel[] = [
  lowered<MatrixAttributes>({
    kernel: 'BatchMatMul',
    takes: ({ a, b }) => a.dtype === b.dtype && (a.dtype === 'float32' || a.dtype === 'int32'),
    infer: ({ a, b }, attributes) => ({ ...like(a), shape: productShape(a.shape, b.shape, attributes) }),
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
  lowered<{ equation: string }>({
    kernel: 'Einsum',
    takes: areFullFloats,
    infer: (inputs, { equation }) => ({ shape: einsumShape(equation, Object.values(inputs)), dtype: 'float32' }),
    lower(graph, values, { equation }, [{ shape }]) {
      const names = Object.values(values).map((each) => graph.asPlain(each));
      return graph.plain(graph.emit('Einsum', names, { equation: equation.replace(/\s/g, '') }), shape, 'float32');
    },
  }),
  lowered<MatrixAttributes & FusedActivation>({
    kernel: '_FusedMatMul',
    takes: ({ a, b }, attributes) => a.dtype === 'float32' && b.dtype === 'float32' && takesActivation(attributes),
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
