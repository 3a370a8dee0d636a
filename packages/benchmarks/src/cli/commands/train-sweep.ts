import { join } from 'node:path';
import { runSweep, type SweepRun, shardOf, sweep } from '@agoge/adv-train';
import { lookUp, parseJson, refusal, said } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { InvalidArgumentError, type Option } from 'commander';
import { readInputText } from '../input-files';
import { checkWritable } from '../output-files';
import type { Shard } from '../shard';
import type { Context } from '../terminal';
import { checkpointName } from '../training-run';
import { type NamedTraining, trained } from './one-training';

/** What makes several trainings of one. */
export interface SweepCommand {
  /** A JSON file: `{ "seeds": [0, 1], "options": { "eps": ["4/255", "8/255"], "objective": ["at", "trades"] } }`. */
  sweep?: string;
  seeds?: number[];
  shard?: Shard;
}

/** What a run of a sweep came to, as its file keeps it. */
export interface SweepResult {
  /** In a line. */
  says: string;
  /** As `--json` prints it. */
  result: unknown;
}

/** What tells where a run is kept, and what it is read from, and nothing of its numbers. */
const places = ['out', 'resume', 'dataDir', 'download', 'seed'];
/** What a sweep says itself. */
const ofSweep = ['out', 'resume', 'seed', 'seeds', 'sweep', 'shard'];

/**
 * `agoge train --sweep` or `--seeds`: the same command once for each combination of seeds and options, each in a folder of its own in
 * `--out`, and what it came to in `NAME.result.json` there. What has that file is not made again; what was begun is gone on with.
 */
export async function trainSweep(
  options: NamedTraining,
  by: SweepCommand,
  given: readonly string[],
  known: readonly Option[],
  context: Context,
): Promise<{ run: SweepRun; result: SweepResult }[]> {
  const { out } = options;
  const all = await runsOf(options, by, given, known);
  const mine = by.shard ? shardOf(all, by.shard) : all;
  const same = Object.entries(options).filter(([name]) => given.includes(name) && !places.includes(name));
  const runs = mine.map((run) => ({ ...run, options: { ...Object.fromEntries(same), ...run.options } }));
  await checkWritable('--out', out, 'folder');
  return runSweep(runs, {
    store: fileStore(out),
    signal: context.signal,
    async run({ name, seed, options: own }): Promise<SweepResult> {
      context.stderr.write(`run ${runs.findIndex((each) => each.name === name) + 1} of ${runs.length}: ${name}\n`);
      const folder = join(out, name);
      const resume = (await fileStore(folder).get(`${checkpointName}.json`)) !== undefined;
      const one = { ...options, ...own, seed, out: folder, resume };
      const { says, json } = await trained(one, [...given, ...Object.keys(own), 'seed', 'out', 'resume'], context);
      return { says, result: JSON.parse(json) };
    },
  });
}

/** All runs, by the names that options have in the file and with the values that the command takes. */
async function runsOf(
  { seed }: NamedTraining,
  { sweep: file, seeds, shard }: SweepCommand,
  given: readonly string[],
  known: readonly Option[],
): Promise<SweepRun[]> {
  if (file === undefined && !seeds) {
    throw said(
      new TypeError(
        `agoge train: --shard needs the runs to share out: --seeds or --sweep, got ${shard?.number}/${shard?.count} alone`,
      ),
    );
  }
  if (seeds && given.includes('seed')) throw said(new TypeError('agoge train: --seed cannot be given with --seeds'));
  const who = `agoge train: --sweep ${file}`;
  const grid = file === undefined ? {} : parseJson(who, await readInputText('--sweep', file));
  if (typeof grid !== 'object' || grid === null || Array.isArray(grid)) {
    throw said(new TypeError(refusal(who, 'the file', 'an object { "seeds": [...], "options": { ... } }', grid)));
  }
  if (seeds && 'seeds' in grid) throw said(new TypeError(`${who}: says its seeds: --seeds cannot be given with it`));
  const runs = sweep({ seeds: seeds ?? [seed], ...grid });
  const byName = Object.fromEntries(
    known.flatMap((each) => (each.required && !ofSweep.includes(each.attributeName()) ? [[each.name(), each]] : [])),
  );
  return runs.map(({ options, ...run }) => {
    const values = Object.entries(options).map(([name, value]) => {
      const option = lookUp(who, 'option', name, byName);
      return [option.attributeName(), taken(who, option, value)];
    });
    return { ...run, options: Object.fromEntries(values) };
  });
}

/** A value of the file, as the command line would take it. */
function taken(who: string, option: Option, value: unknown): unknown {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  try {
    return option.parseArg ? option.parseArg(text, undefined) : text;
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw said(new TypeError(`${who}: ${option.name()} ${text} is invalid. ${error.message}`));
  }
}
