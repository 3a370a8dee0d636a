import { ShapeError } from '@agoge/core';

/** The absolute numbers of a batch's examples: as given, else from 0. */
export function checkIndex(who: string, index: Float64Array | undefined, examples: number): Float64Array {
  if (!index) return Float64Array.from({ length: examples }, (_, i) => i);
  if (index.length !== examples) throw new ShapeError(who, 'index', `[${examples}]`, [index.length]);
  return index;
}
