import { sizeOf } from './float64/linear-map';
import { values } from './float64/values';
import type { KernelCase } from './kernel-case';

type Shape = readonly number[];
type Dtype = KernelCase['dtype'];

/** The types that a kernel may take. */
export const dtypes = ['float32', 'int32', 'bool'] as const;

/** Of a case, what is not the same for all whose answer is written down. */
export type Fixed = Pick<KernelCase, 'kernel' | 'name' | 'compute' | 'shape' | 'dtype'> &
  Partial<KernelCase> & { values: readonly number[] | (() => ArrayLike<number>) };

/** A case whose answer is written down: `exact`, unless it says otherwise. */
export const fixed = ({ values: known, ...rest }: Fixed): KernelCase => ({
  of: 'forward',
  precision: 'exact',
  expected: typeof known === 'function' ? known : () => known,
  ...rest,
});

/** A case that must be an error. */
export const refused = (each: Pick<KernelCase, 'kernel' | 'name' | 'compute'>): KernelCase =>
  fixed({ shape: [0], dtype: 'float32', values: [], refused: true, ...each });

/** Reproducible values of a type, int32 beyond what float32 holds among them. */
export function data(shape: Shape, seed: number, dtype: Dtype): number[] {
  const random = Array.from(values(sizeOf(shape), seed));
  if (dtype === 'float32') return random;
  return random.map((value) => (dtype === 'bool' ? Number(value > 0) : Math.round(value * 1e9)));
}
