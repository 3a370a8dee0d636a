import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isUserError, type Progress } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import type { Job as QueuedJob } from 'bullmq';
import { jobId, readJob, Unfit } from './job';
import { findFiles } from './job-files';
import { type JobProcess, type JobProcessOptions, JobRefused, jobProcess } from './job-process';
import { getResult, putResult } from './job-result';
import { atMost, connected, loadQueue, queueName, redisStore, withoutPassword } from './redis';

export interface QueueWorkerOptions extends Pick<JobProcessOptions, 'silence'> {
  /** Address of the Redis. */
  queue: string;
  /** Folder that those who ask see too. Default: files and results go through Redis. */
  store?: string;
  /** Processes at a time. */
  jobs: number;
  /** Seconds after which a worker that is not heard of counts as dead: its jobs are given to others. */
  lock: number;
  /** Whether modules that jobs name are loaded. */
  modules: boolean;
  signal: AbortSignal;
  /** Told in a line what begins and ends. */
  onEvent(line: string): void;
}

/** How often a job may be lost with its worker before it is set aside. */
const mostStalled = 5;

/** What Redis gets to take note of an end, in milliseconds. */
const patience = 5000;

/**
 * Runs the jobs of a queue, each in a process of its own, until the signal aborts.
 *
 * The processes are those of `pool`, not BullMQ's sandbox: that waits for ever, renewing its lock, for a child that is killed while
 * it starts, and hands a child that is still at work to the next job (6.7.0). Only this process speaks with Redis: it brings a job's
 * files and takes away its result.
 *
 * The lock on a job is renewed by this process every half `lock`, however long a step of the job takes, since that is another
 * process. When this one dies its locks run out, and its jobs are given to other workers, where they go on from what they kept, if
 * both see the same `store`, else anew. A job whose process dies, or gives no sign for `silence` seconds, is tried again.
 *
 * @throws as {@link connected}
 */
export async function serveQueue(options: QueueWorkerOptions): Promise<void> {
  const { queue, store, jobs, lock, silence, modules, signal, onEvent } = options;
  const { bullmq, Redis } = await loadQueue();
  const connection = await connected(Redis, queue);
  const cache = await mkdtemp(join(tmpdir(), 'agoge-worker-'));
  const places = { folder: store ?? cache, cache, modules };
  const here = fileStore(places.folder);
  const shared = store === undefined ? redisStore(connection) : here;
  const crew: JobProcess[] = [];
  const idle: JobProcess[] = [];
  const hire = () => {
    const hand = jobProcess({ places, silence });
    crew.push(hand);
    return hand;
  };

  async function perform(queued: QueuedJob): Promise<string> {
    const job = readJob(queued.data);
    const id = await jobId(job);
    if (await getResult(shared, id)) return id;
    for (const option of Object.keys(job.files ?? {})) await findFiles(job, option, shared, cache);
    let told = 0;
    const onProgress = ({ done, total }: Progress) => {
      if (done / total < told + 0.01) return;
      told = done / total;
      queued.updateProgress(told).catch(() => undefined);
    };
    const hand = idle.pop() ?? hire();
    await hand.run(job, { onProgress }).finally(() => idle.push(hand));
    const result = await getResult(here, id);
    if (!result) throw new Error('left no result');
    if (shared !== here) await putResult(shared, id, result);
    return id;
  }
  const worker = new bullmq.Worker(
    queueName,
    (queued: QueuedJob) =>
      perform(queued).catch((error: Error) => {
        // Another worker may be fit for it; but what is wrong with the job itself stays wrong.
        throw isHopeless(error) ? new bullmq.UnrecoverableError(error.message) : error;
      }),
    {
      connection,
      concurrency: jobs,
      lockDuration: 1000 * lock,
      stalledInterval: 500 * lock,
      maxStalledCount: mostStalled,
    },
  );
  worker.on('error', () => undefined);
  worker.on('active', ({ id, name }) => onEvent(`begins ${name} ${id}`));
  worker.on('completed', ({ id, name }) => onEvent(`has done ${name} ${id}`));
  worker.on('failed', (job, { message }) => onEvent(`has failed at ${job?.name} ${job?.id}: ${message}`));
  onEvent(`waits for jobs of ${withoutPassword(queue)}`);
  try {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  } finally {
    // Without waiting for what runs: another worker takes it up.
    await atMost(patience, worker.close(true));
    await Promise.all(crew.map((each) => each.end()));
    connection.disconnect();
    await rm(cache, { recursive: true, force: true });
  }
}

function isHopeless(error: Error): boolean {
  if (error instanceof JobRefused) return error.hope === 'none';
  return isUserError(error) && !(error instanceof Unfit);
}
