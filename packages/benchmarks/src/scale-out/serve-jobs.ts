import { join } from 'node:path';
import { isUserError, type Progress, said } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { readJob } from './job';
import type { FromPoolWorker, ToPoolWorker } from './pool-worker';
import { runJob } from './run-job';

/** Runs the jobs that the parent process sends, until it leaves or the signal aborts: the program of a process of `pool`. */
export async function serveJobs(interrupted: AbortSignal, stderr: { write(text: string): unknown }): Promise<void> {
  if (!process.send) throw said(new Error('agoge job: is started by agoge itself, for --workers'));
  const left = new AbortController();
  const signal = AbortSignal.any([interrupted, left.signal]);
  const tell = (message: FromPoolWorker) => void (process.connected && process.send?.(message));

  async function serve({ job, folder }: ToPoolWorker): Promise<void> {
    try {
      const onProgress = ({ done, total }: Progress) => tell({ progress: { done, total } });
      const store = fileStore(folder);
      const done = await runJob(readJob(job), { store, cache: join(folder, 'cache'), stderr, signal, onProgress });
      tell({ done });
    } catch (error) {
      tell({ failed: { message: (error as Error).message, said: isUserError(error) } });
    }
  }
  let serving = Promise.resolve();
  process.on('message', (message: ToPoolWorker) => {
    serving = serve(message);
  });
  process.once('disconnect', () => left.abort());
  tell({ ready: true });
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  await serving;
  if (process.connected) process.disconnect();
}
