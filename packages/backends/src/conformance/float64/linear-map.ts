/** An input element, by its row-major position, and what it is multiplied by. */
export type Tap = readonly [from: number, weight: number];

/** Each output element is a weighted sum of input elements; what its weights lack of 1 is filled with a constant. */
export interface LinearMap {
  readonly shape: readonly number[];
  taps(at: number): readonly Tap[];
  /** The constant; 0 unless given. */
  fill?(at: number): number;
}

/** y = W x + fill; a sole tap of weight 1 is copied, whatever it holds. */
export function apply({ shape, taps, fill }: LinearMap, x: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: sizeOf(shape) }, (_, at) => {
    let [sum, weights, count] = [0, 0, 0];
    for (const [from, weight] of taps(at)) {
      const term = weight === 1 ? x[from] : weight * x[from];
      sum = count++ === 0 ? term : sum + term;
      weights += weight;
    }
    const constant = fill?.(at) ?? 0;
    return constant === 0 || weights === 1 ? sum : sum + (1 - weights) * constant;
  });
}

/** dx = W' dy. */
export function pullBack({ shape, taps }: LinearMap, dy: ArrayLike<number>, inputSize: number): Float64Array {
  const dx = new Float64Array(inputSize);
  for (let at = 0; at < sizeOf(shape); at++) {
    for (const [from, weight] of taps(at)) dx[from] += weight * dy[at];
  }
  return dx;
}

/** The map that copies, to each place of the output, the input element that `source` names, or the constant for -1. */
export function copied(shape: readonly number[], source: (place: number[]) => number, fill = 0): LinearMap {
  return {
    shape,
    taps(at) {
      const from = source(placeOf(at, shape));
      return from < 0 ? [] : [[from, 1]];
    },
    fill: () => fill,
  };
}

/** Along each axis, the input's slices in the order of a list; -1 in a list is outside, where the constant stands. */
export function picked(input: readonly number[], lists: readonly (readonly number[])[], fill = 0): LinearMap {
  const shape = lists.map((list) => list.length);
  return copied(
    shape,
    (place) => {
      const source = place.map((p, axis) => lists[axis][p]);
      return source.includes(-1) ? -1 : flat(source, input);
    },
    fill,
  );
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Row-major position of a place. */
export function flat(place: readonly number[], shape: readonly number[]): number {
  return place.reduce((at, p, axis) => at * shape[axis] + p, 0);
}

/** The place at a row-major position. */
export function placeOf(at: number, shape: readonly number[]): number[] {
  const place = new Array<number>(shape.length);
  for (let axis = shape.length - 1, rest = at; axis >= 0; axis--) {
    place[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return place;
}

/** `size` numbers from `begin` on, `step` apart. */
export function run(size: number, begin = 0, step = 1): number[] {
  return Array.from({ length: size }, (_, i) => begin + i * step);
}
