import type { Rule } from '@agoge/core';
import { type Bytes, type BytesLike, bytesOf } from './bytes';

/** A file of a data set: by what name it lies in a folder, and how it is told from others and got. */
export interface DataFile {
  readonly name: string;
  /** SHA-256 in hexadecimal, and length: what is downloaded must have them. */
  readonly sha256?: string;
  readonly size?: number;
  /** Of what a gzip file unpacks to: a file that was packed anew is as good. */
  readonly unpacked?: { readonly sha256: string; readonly size: number };
  /** Where it is published; the first that gives the right file is taken. */
  readonly urls?: readonly string[];
}

/**
 * Where the files of a data set come from: a folder, the cache with its downloads, a server, files that a user chose in a page.
 *
 * What only looks (`folderFiles` of `@agoge/datasets/node`, {@link namedFiles}, `servedFiles`) goes by the name alone; what downloads
 * (`cachedFiles`) holds the file to its checksum.
 */
export interface DataFiles {
  /** The file's bytes; `undefined` where there is none of that name. */
  open(file: DataFile, signal?: AbortSignal): Promise<Bytes | undefined>;
  /** Names of the files under a folder, sorted, with `/` between their parts. */
  list(folder?: string): Promise<string[]>;
}

/**
 * Files that are at hand: bytes in memory, or what a user chose in a page.
 *
 * @param files by name
 *
 * @example
 * const chosen = [...input.files].map((file) => [file.name, file]);
 * const test = await mnist({ files: namedFiles(Object.fromEntries(chosen)), split: 'test' });
 */
export function namedFiles(files: Readonly<Record<string, BytesLike>>): DataFiles {
  return {
    open: async ({ name }) => (Object.hasOwn(files, name) ? bytesOf(files[name]) : undefined),
    list: async (folder) => namesUnder(Object.keys(files), folder),
  };
}

/** Those of the names that lie under a folder, sorted. */
export const namesUnder = (names: readonly string[], folder = ''): string[] =>
  names.filter((name) => folder === '' || name.startsWith(`${folder}/`)).sort();

/** The rule for an option that is {@link DataFiles}. */
export const dataFiles: Rule = {
  expected: "DataFiles, such as folderFiles('data/mnist') of @agoge/datasets/node",
  test: (value) => (typeof (value as DataFiles | null)?.open === 'function' ? 'ok' : 'kind'),
};
