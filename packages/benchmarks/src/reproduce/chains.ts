import { type Arm, needsOf, type Plan } from './plan';
import type { RunResult } from './run-result';

/** One run: an arm with a seed. */
export interface PlannedRun {
  arm: Arm;
  seed: number;
}

/**
 * The runs of a plan in parts that know nothing of each other: each run with all those whose weights it needs, of the same seed, in the
 * order of the plan. A shard takes whole parts.
 *
 * An arm's seeds come together and arms in the plan's order, so that where a run ends early its first claims can be judged.
 */
export function chainsOf(
  { arms, seeds: planned }: Pick<Plan, 'arms' | 'seeds'>,
  phase: RunResult['phase'],
): PlannedRun[][] {
  const runs = ({ seeds }: Arm, seed: number) => phase === 'search' || !seeds || seeds.includes(seed);
  const rootOf = new Map(arms.map(({ name }) => [name, name]));
  const root = (name: string): string => {
    const above = rootOf.get(name) ?? name;
    return above === name ? name : root(above);
  };
  for (const arm of arms) for (const need of needsOf(arm)) rootOf.set(root(arm.name), root(need));
  const groups = [...new Set(arms.map(({ name }) => root(name)))].map((one) =>
    arms.filter(({ name }) => root(name) === one),
  );
  return groups.flatMap((group) =>
    planned[phase]
      .map((seed) => group.filter((arm) => runs(arm, seed)).map((arm) => ({ arm, seed })))
      .filter((chain) => chain.length > 0),
  );
}
