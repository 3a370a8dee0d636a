import { type Attack, type Batches, type BlackBox, type Classifier, canonicalJson, refusal, said } from '@agoge/core';
import { getBackend, ready, version_core } from '@tensorflow/tfjs-core';
import { version } from '../../package.json';
import type { RunThreat } from './judge';
import type { RunAttacksOptions } from './run-options';
import { weightsHash } from './weights-hash';

/** All that the records of a run follow from, as plain JSON: runs of the same are the same. */
export type RunSetup = Readonly<{
  /** The first example, and how many. */
  from: number;
  examples: number;
  batchSize: number;
  seed: number;
  meets: 'survivors' | 'all';
  keep: number;
  images: 'none' | 'float32' | 'uint8';
  threat: RunThreat | null;
  attacks: readonly Pick<Attack, 'name' | 'options'>[];
  /** `examples` of the whole. */
  data: { hash: string; examples: number };
  /** `weights` is null for a model that does not tell them. */
  model: { weights: string | null; classes: number; bounds: readonly number[] };
  backend: string;
  versions: Readonly<Record<string, string>>;
}>;

/** Options with their defaults. */
export type Resolved = ReturnType<typeof resolvedRun>;

export function resolvedRun(who: string, data: Batches, options: RunAttacksOptions) {
  const { batchSize = 64, seed = 0, meets = 'survivors', keep = 0 } = options;
  const { threat, state, onRecords, signal, onProgress } = options;
  const images = state?.images ?? 'none';
  const range = rangeOf(who, data, options);
  return { ...range, batchSize, seed, meets, keep, threat, images, onRecords, signal, onProgress } as const;
}

function rangeOf(who: string, { examples: all }: Batches, { from = 0, examples }: RunAttacksOptions) {
  if (from >= all) {
    throw said(new RangeError(refusal(who, 'from', `below the ${all} examples of the data`, from)));
  }
  const most = all - from;
  if (examples !== undefined && examples > most) {
    const what = `at most the ${most} of the data${from > 0 ? ` from ${from}` : ''}`;
    throw said(new RangeError(refusal(who, 'examples', what, examples)));
  }
  return { from, examples: examples ?? most };
}

export async function setupOf(
  f: Classifier | BlackBox,
  { hash, examples: all }: Batches,
  attacks: readonly Attack[],
  { batchSize, from, examples, seed, meets, threat, keep, images }: Resolved,
): Promise<RunSetup> {
  // A backend is chosen when it is first asked for.
  await ready();
  const setup = {
    ...{ batchSize, from, examples, seed, meets, keep, images },
    threat: threat ? { norm: threat.norm, eps: threat.eps } : null,
    attacks: attacks.map(({ name, options }) => ({ name, options })),
    data: { hash, examples: all },
    model: { weights: await weightsHash(f), classes: f.classes, bounds: [...f.bounds] },
    backend: getBackend(),
    versions: { '@agoge/attacks': version, '@tensorflow/tfjs-core': version_core },
  };
  return JSON.parse(canonicalJson(setup)) as RunSetup;
}
