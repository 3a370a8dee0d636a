import { canonicalJson, differences, integer, oneOf, said, sha256, show, string } from '@agoge/core';
import { type CodeVersion, codeVersion } from '../code-version';
import { checkJson, type JsonShape, jsonObject, optional, recordOf, ruleOf } from '../json-shape';

/** Files that an option names, by content. */
export interface JobFiles {
  /** Where they lie for whoever made the job; elsewhere they are found by their hashes. */
  folder: string;
  /** The one that is opened, or empty for the folder itself. */
  entry: string;
  /** SHA-256 by path within the folder. */
  files: Readonly<Record<string, string>>;
}

/** Work as plain JSON, from which a thread, a process or another machine builds all that it takes. */
export interface Job {
  schema: 'agoge/job@1';
  /** Who runs it: a name of `jobKinds`. */
  kind: string;
  /** What messages call it. Default: its kind and shard. */
  name?: string;
  /** For its runner: names of registries with their options, or `{ module, export, options }`. */
  options: Readonly<Record<string, unknown>>;
  shard?: { number: number; count: number };
  /** What its runner must find, by name: of data, of weights. */
  hashes: Readonly<Record<string, string>>;
  /** By the option that names them. */
  files?: Readonly<Record<string, JobFiles>>;
  /** The code that it is for. */
  version: CodeVersion;
}

const positive = integer({ min: 1 });
const shape: JsonShape = {
  schema: oneOf('agoge/job@1'),
  kind: string,
  name: optional(string),
  options: jsonObject,
  shard: optional(ruleOf('{ number, count }, integers >= 1', { number: positive, count: positive })),
  hashes: recordOf(string),
  files: optional(
    recordOf(ruleOf('{ folder, entry, files }', { folder: string, entry: string, files: recordOf(string) })),
  ),
  version: { versions: recordOf(string), code: string },
};

/** This worker cannot run a job that another may: it has other code, other data, or lacks a file. */
export class Unfit extends Error {
  override name = 'Unfit';
  constructor(job: Job, why: string, options?: ErrorOptions) {
    super(`${nameOf(job)}: ${why}`, options);
    said(this);
  }
}

/** A job for the code of this process. */
export function makeJob(parts: Omit<Job, 'schema' | 'version'>): Job {
  const version = codeVersion();
  if (!version) throw new Error('internal: a job is made where there is no Node');
  return { schema: 'agoge/job@1', ...parts, version };
}

/** Options as a job has them, as JSON has them: what is undefined is not there. */
export const plainOptions = (options: object): Job['options'] => JSON.parse(JSON.stringify(options));

/**
 * Checks a job that came from elsewhere.
 *
 * @throws FormatError that names the place inside
 */
export function readJob(value: unknown, who = 'job'): Job {
  checkJson(who, value, shape);
  return value as Job;
}

/** SHA-256 of the job: it names its result, so that a job given out twice has one result. */
export async function jobId(job: Job): Promise<string> {
  return sha256(canonicalJson(job));
}

/** What messages call a job: `evaluate 3/8`. */
export function nameOf({ name, kind, shard }: Job): string {
  return name ?? (shard ? `${kind} ${shard.number}/${shard.count}` : kind);
}

/** Refuses a job for other code than this process runs, naming both ({@link Unfit}): its records would be of another program. */
export function checkVersion(job: Job): void {
  const [different] = differences(job.version, codeVersion());
  if (different === undefined) return;
  const { code } = codeVersion() ?? { code: 'none' };
  const which = different.startsWith('code ')
    ? `code ${show(job.version.code)}, and this worker has ${show(code)}`
    : '';
  const versions = different.replace(/^versions\.(.*) was (.*), is (.*)$/, '$1 $2, and this worker has $3');
  throw new Unfit(job, `the job is for ${which || versions}`);
}

/**
 * Refuses what is not what the job is about.
 *
 * @param found hashes by the names that they have in the job
 * @throws Unfit, which names both hashes
 */
export function checkHashes(job: Job, found: Readonly<Record<string, string>>): void {
  for (const [name, hash] of Object.entries(found)) {
    const wanted = job.hashes[name];
    if (wanted === hash) continue;
    throw new Unfit(job, `the job wants ${name} ${show(wanted)}, and this worker has ${show(hash)}`);
  }
}
