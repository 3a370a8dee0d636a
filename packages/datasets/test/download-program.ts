import { cachedFiles, type FileSet } from '../src/node';

/** Opens the one file of a set, given as JSON, downloading it; tells its parent of the progress. */
export async function downloadProgram(home: string, set: string): Promise<void> {
  const given: FileSet = JSON.parse(set);
  await cachedFiles(given, { home, onProgress: ({ done }) => process.send?.(done) }).open(given.files[0]);
  process.disconnect?.();
}
