/** How long a run takes. */
export interface Clock {
  /** Called after each block: so many examples are done. */
  lap(examples: number): void;
  /**
   * Seconds left, estimated: from whole blocks where there are any, since examples leave and attacks are not alike; in the
   * first, from the share of its work that is done. Undefined where nothing is known yet.
   *
   * @param left examples that are not done, those of the present block included
   * @param present of the present block: how many examples it has, and what share of its work is done, and was done before
   * the clock was started
   */
  secondsLeft(left: number, present: { examples: number; share: number; before?: number }): number | undefined;
}

/** Begins to measure. `now` tells milliseconds. */
export function startClock(now: () => number = () => performance.now()): Clock {
  const began = now();
  let lapped = began;
  let done = 0;
  return {
    lap(examples) {
      done += examples;
      lapped = now();
    },
    secondsLeft(left, { examples, share, before = 0 }) {
      const spent = now() - lapped;
      if (done > 0) return Math.max(0, ((lapped - began) / done) * left - spent) / 1000;
      if (share <= before) return left === 0 ? 0 : undefined;
      const perExample = spent / ((share - before) * examples);
      return (perExample * (left - share * examples)) / 1000;
    },
  };
}
