// What the benches make of their times. Pure.

/** The number below which `share` of the numbers lie, between two of them by proportion; NaN of none. */
export function quantile(numbers, share) {
  if (numbers.length === 0) return Number.NaN;
  const sorted = numbers.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place - Math.floor(place));
}

export const median = (numbers) => quantile(numbers, 0.5);

/** Median and quartiles. */
export const spread = (numbers) => ({
  median: median(numbers),
  low: quantile(numbers, 0.25),
  high: quantile(numbers, 0.75),
});

/**
 * How many times as fast `ours` is as `theirs`, for each round that both took part in: their time by ours.
 *
 * @param ours times by round, undefined where it took no part
 */
export const speedRatios = (ours, theirs) =>
  ours.flatMap((time, round) => (time === undefined || theirs[round] === undefined ? [] : theirs[round] / time));

/** The median of these. */
export const speedRatio = (ours, theirs) => median(speedRatios(ours, theirs));

/** Floating-point operations per second, in units of 1e9. */
export const gigaflops = (flops, ms) => flops / ms / 1e6;

/** Which share of a call is not spent inside the runtime: recording, looking up, copying. */
export const overhead = (ms, runMs) => ({ ms: ms - runMs, share: (ms - runMs) / ms });
