import type { Progress, Store } from '@agoge/core';
import type { Job } from './job';

/** What a job is run with. */
export interface JobReins {
  /** The path of the files that an option names, as they lie here. */
  file(option: string): string;
  /** For checkpoints: what is in it after a kill is there when the job is begun again; empty once it is done. */
  state: Store;
  /** Whether modules that the job names may be loaded. */
  modules: boolean;
  stderr: { write(text: string): unknown };
  signal?: AbortSignal;
  onProgress?(progress: Progress): void;
}

/** Does a job; its result is plain JSON. */
export type JobRunner = (job: Job, reins: JobReins) => Promise<object>;

/** All kinds of jobs, loaded when one is run. */
export const jobKinds: Readonly<Record<string, () => Promise<{ runner: JobRunner }>>> = {
  evaluate: () => import('./evaluation-job'),
  reproduce: () => import('./reproduction-job'),
};
