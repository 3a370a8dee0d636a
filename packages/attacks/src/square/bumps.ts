import { sizeOf } from '../inside-ball';

/** Boxes of a bump grow flat with this power of their width. */
const exponents = { l2: 2, l1: 4 } as const;

function unit(norm: 'l2' | 'l1', values: Float32Array): Float32Array {
  const size = sizeOf(norm, values, new Float32Array(values.length));
  return values.map((each) => each / size);
}

/** Half a bump: a heap of boxes around the middle, each a pixel wider on all sides and `1 / (k + 1)^exponent` high, of size 1. */
function heap(norm: 'l2' | 'l1', height: number, width: number): Float32Array {
  const [middle, centre] = [Math.floor(height / 2), Math.floor(width / 2)];
  const boxes = Math.max(middle, centre) + 1;
  // From the outermost box inwards: heights at each distance from the middle.
  const heights = new Float64Array(boxes + 1);
  for (let k = boxes - 1; k >= 0; k--) heights[k] = heights[k + 1] + (k + 1) ** -exponents[norm];
  const values = Float32Array.from({ length: height * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    return heights[Math.min(Math.max(Math.abs(row - middle), Math.abs(column - centre)), boxes)];
  });
  return unit(norm, values);
}

/**
 * Square's bump for l2 and l1, `side x side`, of size 1 in the norm: a heap in the upper half, its negative in the lower.
 *
 * @param isTurned transposed: left and right instead
 */
export function bump(norm: 'l2' | 'l1', side: number, isTurned: boolean): Float32Array {
  const upper = Math.floor(side / 2);
  const values = new Float32Array(side * side);
  if (upper > 0) values.set(heap(norm, upper, side));
  values.set(
    heap(norm, side - upper, side).map((each) => -each),
    upper * side,
  );
  const whole = unit(norm, values);
  return isTurned ? whole.map((_, i) => whole[(i % side) * side + Math.floor(i / side)]) : whole;
}
