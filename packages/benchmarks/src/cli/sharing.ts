import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OnnxBackend } from '@agoge/backend-onnx';
import { said } from '@agoge/core';
import { backend, getBackend } from '@tensorflow/tfjs-core';
import { type Job, nameOf } from '../scale-out/job';
import type { JobOutcome } from '../scale-out/job-result';
import { pool } from '../scale-out/pool';
import type { Stage } from './progress';
import type { Context } from './terminal';

/** How work is shared out. */
export interface SharingChoice {
  /** Processes on this machine. */
  workers?: number;
  /** Address of the Redis whose queue `agoge worker` serves. */
  queue?: string;
  /** Folder that this machine and the workers see; without one, files and results travel through the queue. */
  store?: string;
  /** How often a part is tried before it is set aside. */
  attempts?: number;
}

/**
 * Whether work is shared out.
 *
 * @throws TypeError for what does not go with it
 */
export function isSharedOut(options: SharingChoice & { shards?: number; shard?: unknown; save?: unknown }): boolean {
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

/** The backend that runs here, for jobs: processes on this machine share its threads, unless the user says how many each has. */
export function backendOfJobs({ workers, queue }: SharingChoice, { onnx }: Pick<Context, 'onnx'>) {
  if (getBackend() !== 'onnx') return { backend: getBackend() };
  const isShared = queue === undefined && workers !== undefined && onnx?.threads === undefined;
  const threads = isShared && Math.max(1, Math.floor((backend() as OnnxBackend).report().threads / workers));
  return { backend: 'onnx', onnx: { ...onnx, ...(threads && { threads }) } };
}

/** Of work that is shared out. */
export interface SharedWork {
  /** Of results and states on this machine: what is in it is not done again. Default: none is kept. */
  folder: string | undefined;
  progress: Stage;
  /** Told of each result as it comes. */
  onResult?(job: Job, result: object): Promise<void>;
}

/**
 * Has processes on this machine, or the workers of a queue, run jobs.
 *
 * @returns their results, in their order
 * @throws Error that names the jobs that were set aside, and why
 */
export async function runShared(
  jobs: readonly Job[],
  { workers = 1, queue, store, attempts }: SharingChoice,
  { folder, progress, onResult }: SharedWork,
  signal: AbortSignal,
): Promise<object[]> {
  const reins = { attempts, signal, onResult, onProgress: progress.update, onEvent: progress.line };
  if (queue !== undefined) {
    const { queued } = await import('../scale-out/queue');
    return resultsOf(await queued(jobs, { ...reins, queue, store }));
  }
  const place = folder ?? (await mkdtemp(join(tmpdir(), 'agoge-shards-')));
  try {
    return resultsOf(await pool(jobs, { ...reins, workers, folder: place }));
  } finally {
    if (folder === undefined) await rm(place, { recursive: true, force: true });
  }
}

function resultsOf(outcomes: readonly JobOutcome[]): object[] {
  const aside = outcomes.flatMap((each) => ('error' in each ? [each] : []));
  if (aside.length > 0) {
    const reasons = aside.map(({ job, error }) => (error.startsWith(nameOf(job)) ? error : `${nameOf(job)} ${error}`));
    const what = `${aside.length} of ${outcomes.length} shards ${aside.length === 1 ? 'was' : 'were'} set aside`;
    throw said(new Error(`agoge: ${what}: ${[...new Set(reasons)].join('; ')}`));
  }
  return outcomes.flatMap((each) => ('result' in each ? [each.result] : []));
}
