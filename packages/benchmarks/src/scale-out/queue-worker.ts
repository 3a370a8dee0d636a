import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atMost, connected, loadQueue, queueName, withoutPassword } from './redis';
import { settingName, type WorkerSetting } from './worker-setting';

export interface QueueWorkerOptions {
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
 * Runs the jobs of a queue, each in a process of its own kind (BullMQ's sandbox), until the signal aborts.
 *
 * The lock on a job is renewed by this process every half `lock`, however long a step of the job takes, since that is another
 * process. When this one dies its locks run out, and its jobs are given to other workers, where they go on from what they kept, if
 * both see the same `store`, else anew.
 *
 * @throws as {@link connected}
 */
export async function serveQueue(options: QueueWorkerOptions): Promise<void> {
  const { queue, store, jobs, lock, modules, signal, onEvent } = options;
  const { bullmq, Redis } = await loadQueue();
  const connection = await connected(Redis, queue);
  const cache = await mkdtemp(join(tmpdir(), 'agoge-worker-'));
  const setting: WorkerSetting = { queue, ...(store !== undefined && { store }), cache, modules };
  const extension = import.meta.url.endsWith('.mjs') ? 'mjs' : 'js';
  const worker = new bullmq.Worker(queueName, new URL(`./scale-out/job-processor.${extension}`, import.meta.url), {
    connection,
    concurrency: jobs,
    lockDuration: 1000 * lock,
    stalledInterval: 500 * lock,
    maxStalledCount: mostStalled,
    workerForkOptions: { env: { ...process.env, [settingName]: JSON.stringify(setting) } },
  });
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
    connection.disconnect();
    await rm(cache, { recursive: true, force: true });
  }
}
