import { setTimeout as after } from 'node:timers/promises';
import { canonicalJson } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import type { Job as QueuedJob } from 'bullmq';
import { type Job, jobId, nameOf } from './job';
import { shareFiles } from './job-files';
import { getResult, type JobOutcome, type JobsOptions } from './job-result';
import { atMost, connected, loadQueue, queueName, redisStore, withoutPassword } from './redis';

export interface QueueOptions extends JobsOptions {
  /** Address of the Redis. */
  queue: string;
  /** Folder that the workers see too. Default: files and results go through Redis. */
  store?: string;
  /** How often a job that fails is tried, each time after twice the wait. Default 5. */
  attempts?: number;
}

/** Between two looks at the jobs, in milliseconds. */
const pause = 200;
/** What Redis gets to take note of an end, in milliseconds. */
const patience = 2000;
/** Before the second try, in milliseconds. */
const firstWait = 1000;

/**
 * Has the workers of a queue run jobs.
 *
 * A job is in the queue under its id, so that one that is sent again, after this process or Redis was lost, is the same job: it is
 * never counted twice, and its result, if it is there, is taken. One that Redis forgot is sent again.
 *
 * @returns what became of each job, in their order; those that failed `attempts` times, or stalled too often, with the reason
 * @throws the signal's reason, once aborted: jobs that no worker has begun are taken back
 */
export async function queued(jobs: readonly Job[], options: QueueOptions): Promise<JobOutcome[]> {
  const { queue: url, store: folder, attempts = 5, signal, onProgress, onEvent, onResult } = options;
  const { bullmq, Redis } = await loadQueue();
  const connection = await connected(Redis, url);
  const store = folder === undefined ? redisStore(connection) : fileStore(folder);
  const queue = new bullmq.Queue(queueName, { connection });
  queue.on('error', () => undefined);
  const ids = await Promise.all(jobs.map(jobId));
  const outcomes = new Map<string, { result: object } | { error: string }>();
  const shares = new Map<string, number>();
  const tries = new Map<string, number>();

  const jobOf = (id: string) => jobs[ids.indexOf(id)];
  const send = (id: string) => {
    const job = jobOf(id);
    const backoff = { type: 'exponential', delay: firstWait };
    return queue.add(job.kind, job, { jobId: id, attempts, backoff, removeOnComplete: true, removeOnFail: false });
  };
  const watch = async (id: string): Promise<void> => {
    const result = await getResult(store, id);
    if (result) {
      await onResult?.(jobOf(id), result);
      return void outcomes.set(id, { result });
    }
    const found: QueuedJob | undefined = await queue.getJob(id);
    // Done, between these two questions, or forgotten.
    if (!found) return void ((await getResult(store, id)) ?? (await send(id)));
    const { failedReason = '', attemptsMade, stalledCounter } = found;
    shares.set(id, Number(found.progress) || 0);
    const name = nameOf(jobOf(id));
    if (await found.isFailed()) {
      const times = attemptsMade + stalledCounter;
      outcomes.set(id, { error: times > 1 ? `${failedReason}, ${times} times` : failedReason });
      onEvent?.(`${name}: ${failedReason}: set aside`);
    } else if (attemptsMade + stalledCounter > (tries.get(id) ?? 0)) {
      tries.set(id, attemptsMade + stalledCounter);
      onEvent?.(`${name}: ${failedReason || 'its worker was lost'}: given out again`);
    }
  };
  const pending = () => [...new Set(ids)].filter((id) => !outcomes.has(id));

  async function untilDone(): Promise<JobOutcome[]> {
    const files = jobs.flatMap((job) => Object.values(job.files ?? {}));
    const byHash = new Map(files.map((each) => [canonicalJson(each.files), each]));
    for (const each of byHash.values()) await shareFiles(store, each);
    for (const id of pending()) await forget(await queue.getJob(id));
    if (pending().length > 0 && (await queue.getWorkersCount()) === 0) {
      onEvent?.(`waits for a worker: agoge worker --queue ${withoutPassword(url)}`);
    }
    while (pending().length > 0) {
      for (const id of pending()) {
        signal?.throwIfAborted();
        await watch(id);
      }
      const done = ids.reduce((sum, id) => sum + (outcomes.has(id) ? 1 : (shares.get(id) ?? 0)), 0);
      onProgress?.({ done, total: jobs.length });
      if (pending().length > 0) await after(pause);
    }
    return jobs.map((job, i) => ({ job, id: ids[i], ...(outcomes.get(ids[i]) ?? { error: 'was lost' }) }));
  }
  const takeBack = async () => {
    for (const id of pending()) await (await queue.getJob(id))?.remove().catch(() => undefined);
  };

  try {
    return await unlessAborted(untilDone(), signal);
  } catch (error) {
    await atMost(patience, takeBack());
    throw error;
  } finally {
    await atMost(patience, queue.close());
    connection.disconnect();
  }
}

/** What waits for a Redis that is away is not waited for. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
  });
  signal?.throwIfAborted();
  work.catch(() => undefined);
  return Promise.race([work, aborted]);
}

/** Has a job that was set aside before tried again. */
async function forget(job: QueuedJob | undefined): Promise<void> {
  if (await job?.isFailed()) await job?.remove();
}
