/** The shape of an elementwise operation on two: sizes of 1, and missing leading axes, are repeated. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const [left, right] = [a, b].map((shape) => [...Array<number>(rank - shape.length).fill(1), ...shape]);
  return left.map((size, axis) => (size === 1 ? right[axis] : size));
}

/** Which element of a tensor stands at each row-major position of the shape that it is broadcast to. */
export function sources(shape: readonly number[], to: readonly number[]): Int32Array {
  const size = to.reduce((product, length) => product * length, 1);
  return Int32Array.from({ length: size }, (_, position) => {
    let rest = position;
    let stride = 1;
    let source = 0;
    for (let back = 1; back <= to.length; back++) {
      const place = rest % to[to.length - back];
      rest = Math.floor(rest / to[to.length - back]);
      if (back > shape.length) break;
      const length = shape[shape.length - back];
      if (length > 1) source += place * stride;
      stride *= length;
    }
    return source;
  });
}

/** The sum of what stands at all places of each element: the gradient of broadcasting. */
export function summed(values: ArrayLike<number>, from: Int32Array, size: number): Float64Array {
  const sums = new Float64Array(size);
  from.forEach((source, position) => {
    sums[source] += values[position];
  });
  return sums;
}
