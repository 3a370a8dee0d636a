import { isUserError, type Progress, said } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { readJob, Unfit } from './job';
import type { FromJobProcess, ToJobProcess } from './job-process';
import { runJob } from './run-job';

/** Runs the jobs that the parent process sends, until it leaves or the signal aborts: the program of a {@link jobProcess}. */
export async function serveJobs(signal: AbortSignal, stderr: { write(text: string): unknown }): Promise<void> {
  if (!process.send) throw said(new Error('agoge job: is started by agoge itself, for --workers and by agoge worker'));
  // An orphan would compute for nobody.
  process.once('disconnect', () => process.exit());
  if (!process.connected) return;
  const tell = (message: FromJobProcess) => void (process.connected && process.send?.(message));

  async function serve({ job, places: { folder, cache, modules } }: ToJobProcess): Promise<void> {
    try {
      const onProgress = ({ done, total }: Progress) => tell({ progress: { done, total } });
      const reins = { store: fileStore(folder), cache, modules, stderr, signal, onProgress };
      tell({ done: await runJob(readJob(job), reins) });
    } catch (error) {
      // What is wrong with the job itself stays wrong.
      const refused = error instanceof Unfit ? 'elsewhere' : 'none';
      tell({ failed: { message: (error as Error).message, hope: isUserError(error) ? refused : 'again' } });
    }
  }
  let serving = Promise.resolve();
  process.on('message', (message: ToJobProcess) => {
    serving = serve(message);
  });
  tell({ ready: true });
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  await serving;
  if (process.connected) process.disconnect();
}
