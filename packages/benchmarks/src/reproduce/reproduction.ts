import { shardOf } from '@agoge/adv-train';
import { type Progress, refusal, type Store, said } from '@agoge/core';
import { accountOf } from './account';
import { accountMarkdown } from './account-markdown';
import type { OpenData } from './arm-data';
import { chainsOf, type PlannedRun } from './chains';
import { type Plan, planHash, readPlan, writePlan } from './plan';
import { runArm, runName } from './run-arm';
import { type RunResult, readRun, writeRun } from './run-result';

/** Names of the files of a scale, in the folder of a paper. */
export const filesOf = (scale: Plan['scale']) => ({
  plan: `${scale}.plan.json`,
  run: (phase: RunResult['phase'], run: Parameters<typeof runName>[0]) =>
    `${scale}/${phase === 'search' ? 'search/' : ''}${runName(run)}.json`,
});

/**
 * The plan that a folder holds; where it holds none, the one given is written there, and begins with it.
 *
 * @throws FormatError for one that was changed after it was written
 */
export async function plannedIn(store: Store, fresh: Plan): Promise<{ plan: Plan; isNew: boolean }> {
  const name = filesOf(fresh.scale).plan;
  const kept = await store.get(name);
  if (!kept) {
    await store.put(name, await writePlan(fresh));
    return { plan: fresh, isNew: true };
  }
  const plan = await readPlan(name, kept);
  if (plan.paper !== fresh.paper || plan.scale !== fresh.scale) {
    throw said(new Error(`agoge: ${name} is a plan of ${plan.paper} ${plan.scale}: give another folder`));
  }
  return { plan, isNew: false };
}

/** The results of a plan that are in a folder. @throws FormatError for one of another plan, or damaged */
export async function resultsIn(store: Store, plan: Plan, phase: RunResult['phase'] = 'confirm'): Promise<RunResult[]> {
  const hash = await planHash(plan);
  const name = filesOf(plan.scale).run;
  const found = chainsOf(plan, phase)
    .flat()
    .map(async (run) => {
      const bytes = await store.get(name(phase, run));
      return bytes && readRun(name(phase, run), bytes, hash);
    });
  return (await Promise.all(found)).filter((each) => each !== undefined);
}

/** Keeps the result of a run. */
export async function keepRun(store: Store, plan: Plan, result: RunResult): Promise<void> {
  const run = { arm: { name: result.arm }, seed: result.seed };
  await store.put(filesOf(plan.scale).run(result.phase, run), await writeRun(result));
}

/** The parts of a plan, as {@link chainsOf} has them, without the runs that a folder holds results of. */
export async function missingIn(store: Store, plan: Plan, phase: RunResult['phase']): Promise<PlannedRun[][]> {
  const done = await doneIn(store, plan, phase);
  const left = chainsOf(plan, phase).map((chain) => chain.filter((run) => !done.has(runName(run))));
  return left.filter((chain) => chain.length > 0);
}

async function doneIn(store: Store, plan: Plan, phase: RunResult['phase']): Promise<Set<string>> {
  const results = await resultsIn(store, plan, phase);
  return new Set(results.map(({ arm: name, seed }) => runName({ arm: { name }, seed })));
}

export interface ReproduceOptions {
  phase: RunResult['phase'];
  /** One of so many parts of the runs, numbered from 1; those that need each other's weights stay together. */
  shard?: { number: number; count: number };
  open: OpenData;
  /** Where unfinished runs lie. */
  work(name: string): Store;
  signal?: AbortSignal;
  onRun?(run: PlannedRun, place: { number: number; of: number }): void;
  onProgress?(progress: Progress): void;
  onLine?(text: string): void;
}

/**
 * Makes the runs of a plan that are not made yet, one after another, and keeps each result as soon as it is there.
 *
 * @param store where plan and results are kept
 * @throws what runs throw; the signal's reason, after which the same call goes on
 */
export async function reproduce(store: Store, plan: Plan, options: ReproduceOptions): Promise<void> {
  const { phase, shard = { number: 1, count: 1 }, onRun, signal } = options;
  const done = await doneIn(store, plan, phase);
  const chains = chainsOf(plan, phase);
  const runs = shardOf(chains, shard).flat();
  if (runs.length === 0) {
    const most = `at most ${chains.length} parts: runs that need each other's weights stay together`;
    throw said(new RangeError(refusal('reproduce', 'shard', most, `${shard.number}/${shard.count}`)));
  }
  for (const [i, run] of runs.entries()) {
    if (done.has(runName(run))) continue;
    signal?.throwIfAborted();
    onRun?.(run, { number: i + 1, of: runs.length });
    await keepRun(store, plan, await runArm(plan, run, options));
  }
}

/**
 * The accounts of all that a folder holds plans of, as one Markdown text, the largest scale first.
 */
export async function accountsIn(store: Store): Promise<string> {
  const accounts = (['full', 'small', 'tiny'] as const).map(async (scale) => {
    const name = filesOf(scale).plan;
    const bytes = await store.get(name);
    if (!bytes) return [];
    const plan = await readPlan(name, bytes);
    return [accountMarkdown(`${plan.title}, ${scale}`, await accountOf(plan, await resultsIn(store, plan)))];
  });
  return (await Promise.all(accounts)).flat().join('\n');
}
