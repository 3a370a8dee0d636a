import { FormatError, openSealedJson, type Progress, type Store, sealJson } from '@agoge/core';
import type { Job } from './job';

/** What became of a job: its result, or why it was set aside. */
export type JobOutcome = { job: Job; id: string } & ({ result: object } | { error: string });

/** Of whoever has jobs run, by processes here or by a queue. */
export interface JobsOptions {
  signal?: AbortSignal;
  /** Told `done` of all jobs, fractional within them. */
  onProgress?(progress: Progress): void;
  /** Told in a line what did not go as it should. */
  onEvent?(line: string): void;
  /** Told of each result once, as it comes, and waited for; those that were there come first. */
  onResult?(job: Job, result: object): unknown;
}

const schema = 'agoge/job-result@1';
const fileOf = (id: string) => `results/${id}.json`;

/** Keeps the result of a job, whole, under the id of the job. */
export async function putResult(store: Store, id: string, result: object): Promise<void> {
  await store.put(fileOf(id), await sealJson({ schema, id, result }));
}

/**
 * The result of a job, if it is there.
 *
 * @throws FormatError for what is damaged or of another job
 */
export async function getResult(store: Store, id: string): Promise<object | undefined> {
  const bytes = await store.get(fileOf(id));
  if (!bytes) return undefined;
  const { id: own, result } = await openSealedJson(fileOf(id), schema, bytes);
  if (own !== id) throw new FormatError(fileOf(id), 'is the result of another job');
  return result as object;
}
