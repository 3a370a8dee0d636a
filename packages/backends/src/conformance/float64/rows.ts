import { sizeOf } from './linear-map';

type Shape = readonly number[];
type Numbers = ArrayLike<number>;

/** The axes that tfjs means: all where none is given, counted from the end where negative. */
export function axesOf(shape: Shape, axis?: number | readonly number[]): number[] {
  const given = axis === undefined ? shape.map((_, i) => i) : [axis].flat();
  return given.map((each) => (each < 0 ? each + shape.length : each));
}

/** The shape of a reduction over axes. */
export function reducedShape(shape: Shape, axes: Shape, keepDims: boolean): number[] {
  const ones = shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  return keepDims ? ones : ones.filter((_, axis) => !axes.includes(axis));
}

/** For each element of a reduction over axes, in row-major order, the row-major positions of what it reduces. */
export function rows(shape: Shape, axes: Shape): number[][] {
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const reduced = axes.toSorted((a, b) => a - b);
  const inside = offsets(shape, reduced);
  return offsets(shape, kept).map((start) => inside.map((offset) => start + offset));
}

/** The positions that run over some axes of a shape. */
function offsets(shape: Shape, axes: Shape): number[] {
  return axes.reduce(
    (all, axis) => {
      const stride = sizeOf(shape.slice(axis + 1));
      return all.flatMap((offset) => Array.from({ length: shape[axis] }, (_, i) => offset + i * stride));
    },
    [0],
  );
}

/** What f makes of each row, a number each. */
export function reduced(x: Numbers, positions: readonly number[][], f: (row: number[]) => number): Float64Array {
  return Float64Array.from(positions, (row) => f(row.map((at) => x[at])));
}

/** What f makes of each row, as many numbers as it has, in the places of the row. */
export function mapped(
  x: Numbers,
  positions: readonly number[][],
  f: (row: number[], which: number) => Numbers,
): Float64Array {
  const out = new Float64Array(x.length);
  positions.forEach((row, which) => {
    const results = f(
      row.map((at) => x[at]),
      which,
    );
    row.forEach((at, i) => {
      out[at] = results[i];
    });
  });
  return out;
}

export const sum = (row: Numbers): number => Array.from(row).reduce((total, value) => total + value, 0);
export const product = (row: Numbers): number => Array.from(row).reduce((total, value) => total * value, 1);

/** NaN where the row has one. */
export const largest = (row: Numbers): number =>
  Array.from(row).reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY);
/** NaN where the row has one. */
export const smallest = (row: Numbers): number =>
  Array.from(row).reduce((best, value) => Math.min(best, value), Number.POSITIVE_INFINITY);

/** log sum exp(x), shifted by the largest, so that nothing overflows. */
export function logSumExp(row: Numbers): number {
  const top = largest(row);
  return top + Math.log(sum(Array.from(row, (value) => Math.exp(value - top))));
}

/** exp(x) / sum exp(x), shifted by the largest. */
export function softmax(row: Numbers): number[] {
  const top = largest(row);
  const powers = Array.from(row, (value) => Math.exp(value - top));
  const total = sum(powers);
  return powers.map((power) => power / total);
}

/** Running totals, by f from `start` on: of what stands before each element, or with it; from the other end where `reverse`. */
export function running(
  row: readonly number[],
  f: (total: number, value: number) => number,
  start: number,
  { exclusive, reverse }: { exclusive: boolean; reverse: boolean },
): number[] {
  let total = start;
  const results = (reverse ? row.toReversed() : row).map((value) => {
    const before = total;
    total = f(total, value);
    return exclusive ? before : total;
  });
  return reverse ? results.toReversed() : results;
}
