import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, FormatError, lookUp, type Store, sha256 } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { type Job, type JobFiles, nameOf, Unfit } from './job';

/** Where a store keeps bytes by their hash. */
const placeOf = (hash: string) => `files/${hash}`;

/** Hashes files, for a job. */
export async function hashedFiles(folder: string, entry: string, names: readonly string[]): Promise<JobFiles> {
  const hashes = await Promise.all(names.map(async (name) => [name, await sha256(await readFile(join(folder, name)))]));
  return { folder, entry, files: Object.fromEntries(hashes) };
}

/** Puts the files into a store, by their hashes, for workers that do not see the folder. */
export async function shareFiles(store: Store, { folder, files }: JobFiles): Promise<void> {
  for (const [name, hash] of Object.entries(files)) await store.put(placeOf(hash), await readFile(join(folder, name)));
}

/**
 * Finds the files of a job where they were made, else in a store by their hashes, from which they are laid into a folder here.
 *
 * @param job whose option it is
 * @param cache folder
 * @returns the path of the entry
 * @throws Unfit, which says which hash is wanted, for a file that is in no place, or another there
 */
export async function findFiles(job: Job, option: string, store: Store, cache: string): Promise<string> {
  const { folder, entry, files } = lookUp(nameOf(job), 'file', option, job.files ?? {});
  if (entry !== '' && !Object.hasOwn(files, entry)) {
    throw new FormatError(`${nameOf(job)}: ${option}`, `must have its entry ${JSON.stringify(entry)} among its files`);
  }
  const found = await Promise.all(Object.keys(files).map((name) => hashAt(join(folder, name))));
  if (Object.values(files).every((hash, i) => found[i] === hash)) return join(folder, entry);
  const place = join(cache, await sha256(canonicalJson(files)));
  const local = fileStore(place);
  for (const [i, [name, hash]] of Object.entries(files).entries()) {
    if ((await hashAt(join(place, name))) === hash) continue;
    const bytes = await store.get(placeOf(hash));
    if (!bytes || (await sha256(bytes)) !== hash) {
      const path = join(folder, name);
      const here = found[i] === undefined ? `there is no ${path} here` : `${path} has ${found[i]} here`;
      throw new Unfit(job, `${option}: wants ${name} of sha256 ${hash}: ${here}, and the store lacks it`);
    }
    await local.put(name, bytes);
  }
  return join(place, entry);
}

async function hashAt(path: string): Promise<string | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes && sha256(bytes);
}
