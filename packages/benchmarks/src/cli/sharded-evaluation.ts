import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OnnxBackend } from '@agoge/backend-onnx';
import { type Attack, type Batches, said } from '@agoge/core';
import { backend, getBackend } from '@tensorflow/tfjs-core';
import { type EvaluationResult, readResult, type Threat } from '../evaluation-result';
import { mergeResults } from '../merge-results';
import type { EvaluationJobOptions } from '../scale-out/evaluation-job';
import { type Job, makeJob, nameOf } from '../scale-out/job';
import type { JobOutcome } from '../scale-out/job-result';
import { modelFiles, oneFile } from '../scale-out/model-files';
import { pool } from '../scale-out/pool';
import type { EvaluateCommand } from './commands/evaluate';
import type { Stage } from './progress';
import type { Context } from './terminal';

/** How an evaluation is shared out. */
export interface ShardingChoice {
  /** Processes on this machine. */
  workers?: number;
  /** Address of the Redis whose queue `agoge worker` serves. */
  queue?: string;
  /** Folder that this machine and the workers see; without one, files and results travel through the queue. */
  store?: string;
  /** How many parts. */
  shards?: number;
  /** How often one is tried before it is set aside. */
  attempts?: number;
}

/**
 * Whether an evaluation is shared out.
 *
 * @throws TypeError for what does not go with it
 */
export function isSharedOut(options: ShardingChoice & { shard?: unknown; save?: unknown }): boolean {
  const { workers, queue } = options;
  const how = workers === undefined ? '--queue' : '--workers';
  const refuse = (option: string, why: string) => said(new TypeError(`agoge: ${option} ${why}`));
  if (workers !== undefined && queue !== undefined) throw refuse('--workers', 'and --queue are two ways: give one');
  if (workers === undefined && queue === undefined) {
    for (const option of ['shards', 'attempts', 'store'] as const) {
      if (options[option] !== undefined) throw refuse(`--${option}`, 'belongs to --workers or --queue');
    }
    return false;
  }
  if (queue === undefined && options.store !== undefined) throw refuse('--store', 'belongs to --queue');
  if (options.shard !== undefined) throw refuse('--shard', `is one part by hand: leave it out with ${how}`);
  if (options.save !== undefined) throw refuse('--save', `does not go with ${how}: save the images of each --shard`);
  return true;
}

/** What an evaluation is of, opened here to see that it can be. */
export interface EvaluationSubject {
  attacks: readonly Attack[];
  threat: Threat;
  data: Batches;
  description: EvaluationResult['model'];
}

/**
 * Evaluates in shards, by processes on this machine or by the workers of a queue.
 *
 * @param folder of results and states on this machine; what is in it is not done again
 * @throws Error that names the shards that were set aside, and why
 */
export async function evaluateInShards(
  options: EvaluateCommand,
  subject: EvaluationSubject,
  { folder, progress }: { folder: string | undefined; progress: Stage },
  context: Context,
): Promise<EvaluationResult> {
  const { workers = 1, queue, store, attempts } = options;
  const { signal, command } = context;
  const threads = queue === undefined ? threadsEach(workers, context) : undefined;
  const { shards = queue === undefined ? 4 * workers : 16 } = options;
  const jobs = await evaluationJobs(options, subject, { shards, threads }, context);
  const reins = { attempts, signal, onProgress: progress.update, onEvent: progress.line };
  if (queue !== undefined) {
    const { queued } = await import('../scale-out/queue');
    return mergedOutcomes(await queued(jobs, { ...reins, queue, store }), command);
  }
  const place = folder ?? (await mkdtemp(join(tmpdir(), 'agoge-shards-')));
  try {
    return mergedOutcomes(await pool(jobs, { ...reins, workers, folder: place }), command);
  } finally {
    if (folder === undefined) await rm(place, { recursive: true, force: true });
  }
}

/** The jobs of an evaluation, one a shard. */
async function evaluationJobs(
  options: EvaluateCommand,
  { attacks, threat, data, description }: EvaluationSubject,
  { shards, threads }: { shards: number; threads: number | undefined },
  { onnx }: Pick<Context, 'onnx'>,
): Promise<Job[]> {
  const { model, bounds, mean, std, weights, archOptions, activation, activationOptions } = options;
  const { data: name, dataDir, dataOptions, split, meets, examples, batchSize, seed } = options;
  const settings = { ...onnx, ...(threads !== undefined && { threads }) };
  const made: EvaluationJobOptions = {
    backend: getBackend(),
    ...(getBackend() === 'onnx' && { onnx: settings }),
    model: { model, bounds, mean, std, weights, archOptions, activation, activationOptions },
    data: { data: name, dataDir, dataOptions, split },
    attacks: attacks.map((each) => ({ name: each.name, options: each.options })),
    ...{ threat, meets, examples, batchSize, seed, described: description },
  };
  const files = { ...(await modelFiles(options)), ...(name.endsWith('.json') && { data: await oneFile(name) }) };
  const blocks = Math.ceil((examples ?? data.examples) / batchSize);
  const count = Math.min(blocks, shards);
  // As JSON: what is undefined is not there.
  const plain = JSON.parse(JSON.stringify(made)) as Record<string, unknown>;
  return Array.from({ length: count }, (_, i) =>
    makeJob({ kind: 'evaluate', options: plain, shard: { number: i + 1, count }, hashes: { data: data.hash }, files }),
  );
}

/** Threads of the onnx backend for each of some processes that share this machine, unless the user says how many. */
function threadsEach(workers: number, { onnx }: Pick<Context, 'onnx'>): number | undefined {
  if (getBackend() !== 'onnx' || onnx?.threads !== undefined) return undefined;
  return Math.max(1, Math.floor((backend() as OnnxBackend).report().threads / workers));
}

function mergedOutcomes(outcomes: readonly JobOutcome[], command: string): EvaluationResult {
  const aside = outcomes.flatMap((each) => ('error' in each ? [each] : []));
  if (aside.length > 0) {
    const reasons = aside.map(({ job, error }) => (error.startsWith(nameOf(job)) ? error : `${nameOf(job)} ${error}`));
    const what = `${aside.length} of ${outcomes.length} shards ${aside.length === 1 ? 'was' : 'were'} set aside`;
    throw said(new Error(`agoge: ${what}: ${[...new Set(reasons)].join('; ')}`));
  }
  const names = outcomes.map(({ job }) => nameOf(job));
  const results = outcomes.flatMap((each) => ('result' in each ? [each.result] : []));
  return mergeResults(
    results.map((result, i) => readResult(JSON.stringify(result), names[i])),
    { names, command },
  );
}
