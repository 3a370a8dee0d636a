import type { Progress } from '@agoge/core';
import { isUserError } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { readJob, Unfit } from './job';
import { loadQueue, patient, redisStore } from './redis';
import { runJob } from './run-job';
import { settingName, type WorkerSetting } from './worker-setting';

// An orphan would compute for nobody.
process.once('disconnect', () => process.exit());

/** Runs a job in a process that BullMQ started for it; returns the id under which its result is kept. */
export default async function processJob(
  queued: { data: unknown; updateProgress(share: number): Promise<void> },
  _token?: string,
  signal?: AbortSignal,
): Promise<string> {
  const { queue, store: folder, cache, modules } = JSON.parse(process.env[settingName] ?? '{}') as WorkerSetting;
  const { Redis } = await loadQueue();
  // Its worker has found it; if it is away now, it comes back.
  const connection = patient(Redis, queue);
  let told = 0;
  const onProgress = ({ done, total }: Progress) => {
    if (done / total < told + 0.01) return;
    told = done / total;
    queued.updateProgress(told).catch(() => undefined);
  };
  const local = fileStore(folder ?? cache);
  const store = folder === undefined ? redisStore(connection) : local;
  try {
    return await runJob(readJob(queued.data), {
      ...{ store, states: local, cache, modules, stderr: process.stderr, onProgress },
      ...(signal && { signal }),
    });
  } catch (error) {
    // Another worker may be fit for it; but what is wrong with the job itself stays wrong.
    if (isUserError(error) && !(error instanceof Unfit)) error.name = 'UnrecoverableError';
    throw error;
  } finally {
    connection.disconnect();
  }
}
