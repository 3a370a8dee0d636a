import { chainsOf } from './chains';
import { type PairedDifference, pairedDifference, smallestEffect } from './paired';
import type { Claim, Plan } from './plan';
import { figureOf, imagesOf, type RunResult } from './run-result';

type Verdict = 'supported' | 'not supported' | 'undecided' | 'incomplete' | 'none: a smoke test';

/** What became of a claim. */
export interface Judged {
  claim: Claim;
  verdict: Verdict;
  /** In words, where the interval alone does not say it. */
  because?: string;
  /** Of the seeds that both arms have, once these are two. */
  difference?: PairedDifference;
  /** What could have been seen, by the standard error that was found. */
  couldSee?: number;
}

/**
 * Judges the claims of a plan by its rule.
 *
 * @param results of confirming runs; others are left out
 */
export function judge(plan: Plan, results: readonly RunResult[]): Judged[] {
  const runs = chainsOf(plan, 'confirm').flat();
  const found = new Map(
    results.filter(({ phase }) => phase === 'confirm').map((each) => [`${each.arm} ${each.seed}`, each]),
  );
  return plan.claims.map((claim): Judged => {
    const { treatment, control, metric } = claim;
    const arms = [treatment, ...(typeof control === 'string' ? [control] : [])];
    const planned = arms.map((name) => runs.filter(({ arm }) => arm.name === name).map(({ seed }) => seed));
    const seeds = planned[0].filter((seed) => planned.every((each) => each.includes(seed)));
    const sets = seeds.map((seed) => arms.map((arm) => found.get(`${arm} ${seed}`)));
    const done = sets.filter((set) => set.every((each) => each !== undefined)) as RunResult[][];
    const failed = done.flat().filter((each) => each.failed !== undefined);
    const rows = done
      .map((set) => set.flatMap((each) => figureOf(each, metric) ?? []))
      .filter((set) => set.length === arms.length)
      .map((set) => set.map(imagesOf));
    const treated = rows.map(([row]) => row);
    const others = rows.map(([row, other]) => other ?? row.map(() => Number(control)));
    const difference = rows.length > 1 ? pairedDifference(treated, others) : undefined;
    const measured = { ...(difference && { difference, couldSee: smallestEffect(difference) }) };
    if (plan.scale === 'tiny') return { claim, verdict: 'none: a smoke test', ...measured };
    if (done.length < seeds.length) {
      return { claim, verdict: 'incomplete', because: `${done.length} of ${seeds.length} seeds are in`, ...measured };
    }
    if (failed.length > 0 || !difference) {
      const why = failed.map(({ arm, seed }) => `${arm} failed at seed ${seed}`).join(', ') || 'fewer than two seeds';
      return { claim, verdict: 'undecided', because: why, ...measured };
    }
    return { claim, verdict: verdictOf(difference.interval, claim.direction), ...measured };
  });
}

/** By the interval alone: an end at 0 decides nothing. */
export function verdictOf([low, high]: PairedDifference['interval'], direction: Claim['direction']): Verdict {
  if (low <= 0 && high >= 0) return 'undecided';
  return low > 0 === (direction === 'higher') ? 'supported' : 'not supported';
}
