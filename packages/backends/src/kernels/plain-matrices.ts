import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { Identity, type TensorInfo, Transpose, util } from '@tensorflow/tfjs-core';
import type { Composer } from './composition';

/** Whether both operands are single matrices, however many leading ones their shapes have. */
export const areSingle = (a: TensorInfo, b: TensorInfo) => [a, b].every((each) => batches(each.shape) === 1);

const batches = (shape: readonly number[]) => util.sizeFromShape(shape.slice(0, -2));

/** The matrix itself where a product asks for it transposed. */
export function untransposed({ run }: Composer, matrix: TensorInfo, transposed: boolean): TensorInfo {
  if (!transposed) return matrix;
  const rank = matrix.shape.length;
  const perm = matrix.shape.map((_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
  return run(Transpose, { x: matrix }, { perm });
}

/**
 * The right operand of a product with single matrices, safe for the cache of the wasm backend.
 *
 * That keeps packed weights by data and forgets their shape; a reshaped tensor shares its data. So only a matrix in the
 * shape its data was made with goes in as it is, any other as a copy.
 */
export function uncached({ run }: Composer, backend: BackendWasm, matrix: TensorInfo): TensorInfo {
  const made = backend.dataIdMap.get(matrix.dataId).shape;
  if (util.arraysEqual(withoutLeadingOnes(made), withoutLeadingOnes(matrix.shape))) return matrix;
  return run(Identity, { x: matrix });
}

function withoutLeadingOnes(shape: number[]): number[] {
  const batch = shape.slice(0, -2);
  return batch.every((each) => each === 1) ? shape.slice(-2) : shape;
}
