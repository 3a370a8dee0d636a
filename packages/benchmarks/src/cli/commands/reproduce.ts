import { join } from 'node:path';
import { lookUp, said } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import type { Scale } from '../../recipes/scale';
import { accountOf } from '../../reproduce/account';
import { accountPage } from '../../reproduce/account-page';
import type { OpenData } from '../../reproduce/arm-data';
import { papers } from '../../reproduce/papers';
import { type Plan, planHash } from '../../reproduce/plan';
import { accountsIn, filesOf, plannedIn, reproduce, resultsIn } from '../../reproduce/reproduction';
import { judge } from '../../reproduce/verdict';
import { startBackend } from '../backend';
import { openData } from '../data';
import { duration } from '../duration';
import { checkWritable, linkTo } from '../output-files';
import { type Stage, stage } from '../progress';
import type { Shard } from '../shard';
import type { Context } from '../terminal';

export interface ReproduceCommand {
  scale: Scale;
  out?: string;
  dataDir?: Record<string, string>;
  download?: boolean;
  shard?: Shard;
  limit?: number;
  planOnly?: boolean;
  reportOnly?: boolean;
  search?: boolean;
}

/** `agoge reproduce`: makes the runs of a paper's plan that are not made yet, and gives an account of all that are. */
export async function reproducePaper(paper: string, options: ReproduceCommand, context: Context): Promise<void> {
  const { scale, out = join('reproductions', paper), planOnly = false, reportOnly = false, search = false } = options;
  const { stdout, stderr } = context;
  const fresh = lookUp('agoge', 'paper', paper, papers)(scale);
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
  const isDone = reportOnly || (await makeRuns(plan, hash, { ...options, out, phase }, context));

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
async function makeRuns(
  plan: Plan,
  hash: string,
  { out, phase, shard, limit, dataDir, download }: ReproduceCommand & { out: string; phase: 'confirm' | 'search' },
  context: Context,
): Promise<boolean> {
  await startBackend(context);
  const open = opener(plan, { dataDir, ...(download !== undefined && { download }) }, context);
  const timeUp = new AbortController();
  const timer = limit === undefined ? undefined : setTimeout(() => timeUp.abort(timeUp), 1000 * limit);
  let shown: Stage | undefined;
  try {
    await reproduce(fileStore(out), plan, {
      ...{ phase, open, signal: AbortSignal.any([context.signal, timeUp.signal]), ...(shard && { shard }) },
      work: (name) => fileStore(join(out, 'work', `${plan.scale}-${hash.slice(0, 12)}`, name)),
      onRun({ arm, seed }, { number, of }) {
        shown?.end('done');
        shown = stage(`run ${number} of ${of}, ${arm.name}, seed ${seed}`, context);
      },
      onProgress: (progress) => shown?.update(progress),
      onLine: (text) => shown?.line(text),
    });
    shown?.end('done');
    return true;
  } catch (error) {
    if (error !== timeUp) throw error;
    shown?.end(`stopped after ${duration(limit ?? 0)}`);
    return false;
  } finally {
    shown?.end();
    clearTimeout(timer);
  }
}

/** Opens the plan's data sets, each part once. */
function opener(
  plan: Plan,
  { dataDir = {}, download }: Pick<ReproduceCommand, 'dataDir' | 'download'>,
  context: Context,
): OpenData {
  const names = Object.values(plan.data).map(({ name }) => name);
  const unknown = Object.keys(dataDir).find((name) => name !== '' && !names.includes(name));
  if (unknown !== undefined) {
    throw said(
      new TypeError(`agoge: --data-dir must name data of the plan (${[...new Set(names)].join(', ')}), got ${unknown}`),
    );
  }
  const opened = new Map<string, ReturnType<OpenData>>();
  return ({ name, options }, part) => {
    const key = JSON.stringify([name, options, part]);
    const folder = dataDir[name] ?? dataDir[''];
    const choice = {
      data: name,
      ...(folder !== undefined && { dataDir: folder }),
      ...(options && { dataOptions: options }),
    };
    const data = opened.get(key) ?? openData({ ...choice, ...(download !== undefined && { download }) }, part, context);
    opened.set(key, data);
    return data;
  };
}
