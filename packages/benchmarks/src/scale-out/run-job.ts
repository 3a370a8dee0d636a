import { lookUp, type Progress, type Store } from '@agoge/core';
import { checkVersion, type Job, jobId, nameOf } from './job';
import { findFiles } from './job-files';
import { jobKinds } from './job-kinds';
import { getResult, putResult } from './job-result';
import { clear, within } from './store-within';

export interface RunJobOptions {
  /** Where the result goes, as `results/ID.json`, and where files that are not here are looked for, by their hashes. */
  store: Store;
  /** Where it is kept as it goes, as `state/ID/...`. Default: `store`. */
  states?: Store;
  /** Folder for files from the store. */
  cache: string;
  /** Whether modules that a job names are loaded: they run whatever is in them. Default true. */
  modules?: boolean;
  stderr: { write(text: string): unknown };
  signal?: AbortSignal;
  onProgress?(progress: Progress): void;
}

/**
 * Runs a job and keeps its result; one that is there already is not computed again.
 *
 * @returns the job's id, by which {@link getResult} finds the result
 * @throws TypeError for an unknown kind; Error for a job of other code, data or files, which names both; what the runner throws
 */
export async function runJob(job: Job, options: RunJobOptions): Promise<string> {
  const { store, states = store, cache, modules = true, stderr, signal, onProgress } = options;
  const id = await jobId(job);
  if (await getResult(store, id)) return id;
  const load = lookUp('job', 'kind', job.kind, jobKinds);
  checkVersion(job);
  const paths: Record<string, string> = {};
  for (const option of Object.keys(job.files ?? {})) paths[option] = await findFiles(job, option, store, cache);
  const file = (option: string) => lookUp(nameOf(job), 'file', option, paths);
  const state = within(states, `state/${id}/`);
  const { runner } = await load();
  await putResult(store, id, await runner(job, { file, state, modules, stderr, signal, onProgress }));
  await clear(state);
  return id;
}
