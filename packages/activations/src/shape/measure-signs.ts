import type { Interval, Sampler, ShapeFeatures, ShapeSeries } from './activation-shape';
import { highest } from './highest';

/** Below this times `|x|` float32 tells no value from 0. */
const noise = 1e-6;

/** Points of the grid in a row where `f` has one sign, or none that float32 can tell. */
interface Stretch {
  sign: number;
  first: number;
  last: number;
}

/**
 * Tells where `f` is 0, and where it is positive on negative inputs, from values on a grid and a closer look between its points.
 *
 * A tail that is closer to 0 than 1e-6 of `|x|` is taken to be neither.
 */
export async function measureSigns(
  sample: Sampler,
  { x, y }: ShapeSeries,
): Promise<Pick<ShapeFeatures, 'zeros' | 'positiveOnNegatives'>> {
  const stretches = stretchesOf(x, y);
  const zeros: Interval[] = [];
  // Where each begins; the last is where the last one ends.
  const edges = [-Infinity, ...stretches.slice(1).map(({ first }) => x[first]), Infinity];
  const crossing = async (i: number, j: number) => {
    const { at } = await highest(sample, x.slice(i, j + 1), (values) => values.y.map((each) => -Math.abs(each)));
    zeros.push([at, at]);
    return at;
  };
  const endOfZeros = async (side: -1 | 1, i: number, j: number) => {
    const far = (each: ShapeSeries) => each.x.map((at, n) => (each.y[n] === 0 ? side * at : -Infinity));
    return (await highest(sample, x.slice(i, j + 1), far)).at;
  };
  for (const [k, { sign, first, last }] of stretches.entries()) {
    if (sign === 0 && isFlat(x, y, first, last)) {
      if (first > 0) edges[k] = await endOfZeros(-1, first - 1, last);
      if (last < x.length - 1) edges[k + 1] = await endOfZeros(1, first, last + 1);
      zeros.push([edges[k], edges[k + 1]]);
    } else if (sign === 0 && first > 0 && last < x.length - 1) {
      edges[k] = edges[k + 1] = await crossing(first - 1, last + 1);
    } else if (sign !== 0 && stretches[k - 1]?.sign === -sign) edges[k] = await crossing(first - 1, first);
  }
  const positive = stretches.flatMap(({ sign, first }, k): Interval[] =>
    sign > 0 && x[first] < 0 ? [[edges[k], Math.min(edges[k + 1], 0)]] : [],
  );
  return { zeros, positiveOnNegatives: positive };
}

function stretchesOf(x: Float64Array, y: Float64Array): Stretch[] {
  const stretches: Stretch[] = [];
  for (const [i, value] of y.entries()) {
    const sign = Math.abs(value) <= noise * Math.abs(x[i]) ? 0 : Math.sign(value);
    const open = stretches.at(-1);
    if (open?.sign === sign) open.last = i;
    else stretches.push({ sign, first: i, last: i });
  }
  return stretches;
}

/** Whether exact zeros are all of a stretch but its rims: what gives way to values too small to tell is a tail. */
function isFlat(x: Float64Array, y: Float64Array, first: number, last: number): boolean {
  const from = y.indexOf(0, first);
  const to = y.lastIndexOf(0, last);
  return to > from && x[from] - x[first] < 1e-3 && x[last] - x[to] < 1e-3;
}
