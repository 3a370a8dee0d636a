import { join } from 'node:path';
import { lookUp, plural } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import type { Scale } from '../../recipes/scale';
import { accountOf } from '../../reproduce/account';
import { accountPage } from '../../reproduce/account-page';
import type { PlannedRun } from '../../reproduce/chains';
import { papers } from '../../reproduce/papers';
import { type Plan, planHash } from '../../reproduce/plan';
import { accountsIn, filesOf, keepRun, missingIn, plannedIn, reproduce, resultsIn } from '../../reproduce/reproduction';
import { runName } from '../../reproduce/run-arm';
import type { RunResult } from '../../reproduce/run-result';
import { judge } from '../../reproduce/verdict';
import { type Job, makeJob, plainOptions } from '../../scale-out/job';
import type { ReproductionJobOptions } from '../../scale-out/reproduction-job';
import { startBackend } from '../backend';
import { checkWritable, linkTo } from '../output-files';
import { type PlanDataChoice, partName, planData } from '../plan-data';
import { type Stage, stage } from '../progress';
import type { Shard } from '../shard';
import { backendOfJobs, isSharedOut, runShared, type SharingChoice } from '../sharing';
import type { Context } from '../terminal';

export interface ReproduceCommand extends PlanDataChoice, SharingChoice {
  scale: Scale;
  out?: string;
  shard?: Shard;
  limit?: number;
  planOnly?: boolean;
  reportOnly?: boolean;
  search?: boolean;
}

/** The runs to make. */
interface RunsToMake extends ReproduceCommand {
  out: string;
  phase: RunResult['phase'];
  isShared: boolean;
}

/** `agoge reproduce`: makes the runs of a paper's plan that are not made yet, and gives an account of all that are. */
export async function reproducePaper(paper: string, options: ReproduceCommand, context: Context): Promise<void> {
  const { scale, out = join('reproductions', paper), planOnly = false, reportOnly = false, search = false } = options;
  const { stdout, stderr } = context;
  const fresh = lookUp('agoge', 'paper', paper, papers)(scale);
  const isShared = isSharedOut(options);
  await checkWritable('--out', out, 'folder');
  const store = fileStore(out);
  const { plan, isNew } = await plannedIn(store, fresh);
  const hash = await planHash(plan);
  const state = isNew ? 'written: commit it before the runs that count' : 'as it was written';
  stderr.write(`plan: ${join(out, filesOf(scale).plan)}, ${hash}, ${state}\n`);
  if ((await planHash(fresh)) !== hash)
    stderr.write('this version would plan otherwise: the plan that is kept counts\n');
  if (planOnly) return;
  const phase = search ? 'search' : 'confirm';
  const isDone = reportOnly || (await makeRuns(plan, hash, { ...options, out, phase, isShared }, context));

  const results = await resultsIn(store, plan);
  const title = `${plan.title}, ${scale}`;
  const sections = await accountOf(plan, results);
  const write = (name: string, text: string) => store.put(name, new TextEncoder().encode(text));
  await write('README.md', await accountsIn(store));
  await write(`${scale}.html`, accountPage(title, sections));
  for (const { claim, verdict, because } of judge(plan, results)) {
    stdout.write(`${claim.id}: ${verdict}${because === undefined ? '' : ` (${because})`}\n`);
  }
  stderr.write(`report: ${linkTo(join(out, `${scale}.html`))}\n`);
  if (!isDone) stderr.write('stopped at --limit: the same command goes on\n');
}

/** Makes runs until none is left or the time is up; tells which. */
async function makeRuns(plan: Plan, hash: string, command: RunsToMake, context: Context): Promise<boolean> {
  const { limit, isShared } = command;
  await startBackend(context);
  const timeUp = new AbortController();
  const timer = limit === undefined ? undefined : setTimeout(() => timeUp.abort(timeUp), 1000 * limit);
  const within = { ...context, signal: AbortSignal.any([context.signal, timeUp.signal]) };
  try {
    await (isShared ? shareRuns(plan, hash, command, within) : makeEach(plan, hash, command, within));
    return true;
  } catch (error) {
    if (error !== timeUp) throw error;
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** Where what is not done yet lies, of a plan. */
const workIn = (out: string, { scale }: Plan, hash: string) => join(out, 'work', `${scale}-${hash.slice(0, 12)}`);

/** Makes the runs of a shard one after another. */
async function makeEach(plan: Plan, hash: string, command: RunsToMake, context: Context): Promise<void> {
  const { out, phase, shard } = command;
  let shown: Stage | undefined;
  try {
    await reproduce(fileStore(out), plan, {
      ...{ phase, open: planData(plan, command, context), signal: context.signal, ...(shard && { shard }) },
      work: (name) => fileStore(join(workIn(out, plan, hash), name)),
      onRun({ arm, seed }, { number, of }) {
        shown?.end('done');
        shown = stage(`run ${number} of ${of}, ${arm.name}, seed ${seed}`, context);
      },
      onProgress: (progress) => shown?.update(progress),
      onLine: (text) => shown?.line(text),
    });
    shown?.end('done');
  } finally {
    shown?.end();
  }
}

/** Has others make the runs. */
async function shareRuns(plan: Plan, hash: string, command: RunsToMake, context: Context): Promise<void> {
  const store = fileStore(command.out);
  const chains = await missingIn(store, plan, command.phase);
  if (chains.length === 0) return;
  const jobs = await jobsOf(chains, plan, command, context);
  const progress = stage(plural(jobs.length, 'part'), context);
  const folder = join(workIn(command.out, plan, hash), 'jobs');
  const onResult = async (_: Job, result: object) => {
    for (const run of (result as { runs: RunResult[] }).runs) {
      await keepRun(store, plan, run);
      progress.line(figuresOf(run));
    }
  };
  try {
    await runShared(jobs, command, { folder, progress, onResult }, context.signal);
    progress.end('done');
  } finally {
    progress.end();
  }
}

/** Runs as jobs: those that need each other's weights are one. */
async function jobsOf(
  chains: readonly PlannedRun[][],
  plan: Plan,
  command: RunsToMake,
  context: Context,
): Promise<Job[]> {
  const { phase, dataDir, download } = command;
  const open = planData(plan, command, context);
  const hashes: Record<string, string> = {};
  for (const data of Object.values(plan.data)) {
    for (const part of ['train', 'test'] as const) hashes[partName(data, part)] = (await open(data, part)).hash;
  }
  const shared = { ...backendOfJobs(command, context), plan, phase, dataDir, download };
  return chains.map((chain) => {
    const runs = chain.map(({ arm, seed }) => ({ arm: arm.name, seed }));
    const options = plainOptions({ ...shared, runs } satisfies ReproductionJobOptions);
    return makeJob({ kind: 'reproduce', name: chain.map(runName).join(', '), options, hashes });
  });
}

function figuresOf({ arm: name, seed, measures, failed }: RunResult): string {
  const figures = Object.entries(measures).map(([measure, { value, n }]) => `${measure} ${value.toFixed(3)} of ${n}`);
  return `${runName({ arm: { name }, seed })}: ${failed ?? figures.join(', ')}`;
}
