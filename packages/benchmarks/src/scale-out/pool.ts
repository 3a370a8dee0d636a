import { join } from 'node:path';
import type { Progress } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { type Job, jobId, nameOf } from './job';
import { type JobProcessOptions, JobRefused, jobProcess } from './job-process';
import { getResult, type JobOutcome, type JobsOptions } from './job-result';

export interface PoolOptions extends JobsOptions, Pick<JobProcessOptions, 'program' | 'silence'> {
  /** Processes at a time. */
  workers: number;
  /** Of results and of what is begun: a job whose result is in it is not run again. */
  folder: string;
  /** How often a job is given out before it is set aside. Default 3. */
  attempts?: number;
}

/**
 * Has processes on this machine run jobs, each taking the next until none is left.
 *
 * Processes, and not threads, because native code takes its whole process down when it fails, and a process can be killed. When one
 * dies, or gives no sign for too long, its job is given out again and goes on from what it kept; a job that has been given out
 * `attempts` times is set aside, with the reason, and the others go on. An error that speaks to the user (a refused job, a wrong
 * option) would be the same every time, so such a job is set aside at once.
 *
 * @returns what became of each job, in their order
 * @throws the signal's reason, once aborted; all processes have ended then
 */
export async function pool(jobs: readonly Job[], options: PoolOptions): Promise<JobOutcome[]> {
  const { workers, folder, program, silence, attempts = 3, signal, onProgress, onEvent, onResult } = options;
  const places = { folder, cache: join(folder, 'cache'), modules: true };
  const store = fileStore(folder);
  const ids = await Promise.all(jobs.map(jobId));
  const outcomes = new Map<string, { result: object } | { error: string }>();
  const shares = new Map<string, number>();
  const tell = () => {
    const done = ids.reduce((sum, id) => sum + (outcomes.has(id) ? 1 : (shares.get(id) ?? 0)), 0);
    onProgress?.({ done, total: jobs.length });
  };
  const jobOf = (id: string) => jobs[ids.indexOf(id)];
  /** Whether a job's result is there, which is taken. */
  const isDone = async (id: string) => {
    const result = await getResult(store, id);
    if (!result) return false;
    await onResult?.(jobOf(id), result);
    outcomes.set(id, { result });
    return true;
  };
  for (const id of new Set(ids)) await isDone(id);
  tell();

  const waiting = [...new Set(ids)].filter((id) => !outcomes.has(id)).map((id) => ({ id, job: jobOf(id), given: 0 }));

  /** One process after another, until nothing waits. */
  async function work(number: number): Promise<void> {
    const worker = jobProcess({ places, program, silence });
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        signal?.throwIfAborted();
        const { id, job } = next;
        next.given++;
        try {
          const onProgress = ({ done, total }: Progress) => {
            shares.set(id, done / total);
            tell();
          };
          await worker.run(job, { signal, onProgress });
          if (!(await isDone(id))) throw new Error('left no result');
        } catch (error) {
          signal?.throwIfAborted();
          const { message } = error as Error;
          const isFinal = error instanceof JobRefused || next.given >= attempts;
          const fate = isFinal ? 'set aside' : `given out again (${next.given + 1} of ${attempts})`;
          onEvent?.(`worker ${number} (process ${worker.pid}), ${nameOf(job)}: ${message}: ${fate}`);
          if (isFinal) outcomes.set(id, { error: next.given > 1 ? `${message}, ${next.given} times` : message });
          else waiting.push(next);
        }
        tell();
      }
    } finally {
      await worker.end();
    }
  }
  const crew = Array.from({ length: Math.min(workers, waiting.length) }, (_, i) => work(i + 1));
  const ended = await Promise.allSettled(crew);
  signal?.throwIfAborted();
  const failed = ended.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
  return jobs.map((job, i) => {
    const outcome = outcomes.get(ids[i]);
    if (!outcome) throw new Error(`internal: pool: nothing became of ${nameOf(job)}`);
    return { job, id: ids[i], ...outcome };
  });
}
