import {
  type Curvature,
  endOf,
  type Sampler,
  type ShapeEnd,
  type ShapeFeatures,
  type ShapeSeries,
} from './activation-shape';
import { between, highest } from './highest';
import { measureSigns } from './measure-signs';

/** Where features are searched for: 1025 inputs from -32 to 32, 0 among them, ever closer together towards it. */
const grid = Float64Array.from({ length: 1025 }, (_, i) => 32 * (i / 512 - 1) ** 3);

/** Slopes below this are taken for 0. */
const noise = 1e-6;

/**
 * Searches a shape's features in its values between -32 and 32; its ends are told from inputs of up to 2^14.
 *
 * With the noise of float32: slopes and zeros to about 1e-5, the curvature to 1e-4 of itself and its place to 1e-2, intercepts
 * to 1e-3. A tail that is closer to 0 than 1e-6 of `|x|` is taken to be neither zero nor positive.
 */
export async function measureShape(sample: Sampler): Promise<ShapeFeatures> {
  const values = { x: grid, ...(await sample(grid)) };
  const ends = { left: await measureEnd(sample, -1), right: await measureEnd(sample, 1) };
  const steepest = async (sign: 1 | -1) => {
    const found = await highest(sample, grid, ({ dydx }) => dydx.map((each) => sign * each));
    const slope = sign * Math.max(found.score, sign * ends.left.slope, sign * ends.right.slope);
    return Math.abs(slope) < noise ? 0 : slope;
  };
  return {
    ends,
    ...(await measureSigns(sample, values)),
    curvature: (await findJump(sample, values)) ?? (await measureCurvature(sample)),
    slope: { min: await steepest(-1), max: await steepest(1) },
  };
}

async function measureEnd(sample: Sampler, side: -1 | 1): Promise<ShapeEnd> {
  const x = Float64Array.from([8, 9, 10, 13, 14], (exponent) => side * 2 ** exponent);
  const { y, dydx } = await sample(x);
  const [before, far] = dydx.slice(-2);
  const isLine = Math.abs(far - before) <= 1e-3 * Math.max(1, Math.abs(far));
  if (!isLine) return endOf(side, side * y[4] * Infinity, Number.NaN);
  const slope = Math.abs(far) < noise ? 0 : far;
  const gaps = [0, 1, 2].map((i) => y[i] - slope * x[i]);
  const [earlier, later] = [gaps[1] - gaps[0], gaps[2] - gaps[1]];
  // With each doubling of x, what nears a limit has less to go than before, and a logarithm goes on.
  const goesOn = Math.abs(later) > 1e-3 && later / earlier > 0.75;
  return endOf(side, slope, goesOn ? later * Infinity : gaps[2]);
}

async function measureCurvature(sample: Sampler): Promise<Curvature> {
  const { at, score: max } = await highest(sample, grid, ({ d2ydx2 }) => d2ydx2.map(Math.abs));
  const reach = noise * Math.max(1, Math.abs(at));
  const [before, after] = (await sample(Float64Array.of(at - reach, at + reach))).d2ydx2.map(Math.abs);
  const jumps = Math.abs(before - after) > 0.1 * max;
  if (max < noise) return { max: 0, at: 0, side: 'both' };
  return { max, at, side: !jumps ? 'both' : before > after ? 'left' : 'right' };
}

/** A kink: of the eight steps of the grid over which the slope changes most, the first whose change no closer look divides. */
async function findJump(sample: Sampler, { x, dydx }: ShapeSeries): Promise<Curvature | undefined> {
  const steps = Array.from({ length: x.length - 1 }, (_, i) => i);
  const change = (slopes: Float64Array, i: number) => Math.abs(slopes[i + 1] - slopes[i]);
  steps.sort((i, j) => change(dydx, j) - change(dydx, i));
  for (const i of steps.slice(0, 8)) {
    const whole = change(dydx, i);
    if (whole < 1e-3) return undefined;
    let [from, to, left] = [x[i], x[i + 1], whole];
    for (let round = 0; round < 3 && left > whole / 2; round++) {
      const points = between(from, to);
      const slopes = (await sample(points)).dydx;
      // At a kink itself the slope is a matter of convention, so a change may take two steps.
      const changes = Array.from({ length: 31 }, (_, k) => Math.abs(slopes[k + 2] - slopes[k]));
      left = Math.max(...changes);
      const k = changes.indexOf(left);
      [from, to] = [points[k], points[k + 2]];
    }
    if (left > whole / 2) return { max: Infinity, at: (from + to) / 2, side: 'both' };
  }
  return undefined;
}
