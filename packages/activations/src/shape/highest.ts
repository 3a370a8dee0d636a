import type { Sampler, ShapeSeries } from './activation-shape';

/** The highest value of a score: around the highest of the inputs given, ever closer. */
export async function highest(
  sample: Sampler,
  inputs: Float64Array,
  score: (values: ShapeSeries) => Float64Array,
): Promise<{ at: number; score: number }> {
  for (let [x, round] = [inputs, 0]; ; round++) {
    const scores = score({ x, ...(await sample(x)) });
    const best = Math.max(...scores.filter((each) => !Number.isNaN(each)));
    const i = scores.indexOf(best);
    if (round === 5) return { at: x[i], score: best };
    x = between(x[Math.max(0, i - 1)], x[Math.min(x.length - 1, i + 1)]);
  }
}

/** 33 evenly spaced inputs, both ends among them. */
export function between(from: number, to: number): Float64Array {
  return Float64Array.from({ length: 33 }, (_, i) => from + ((to - from) * i) / 32);
}
