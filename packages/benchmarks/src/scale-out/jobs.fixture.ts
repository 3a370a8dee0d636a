import { fileURLToPath } from 'node:url';
import type { EvaluationJobOptions } from './evaluation-job';
import { type Job, makeJob, plainOptions } from './job';

export const module = fileURLToPath(new URL('../../test/brightness.mjs', import.meta.url));

export interface BrightnessJobs {
  /** Hash of the images. */
  hash: string;
  count: number;
  examples?: number;
  steps?: number;
  /** What the model does in the place of answering. */
  fate?: 'exit' | 'throw';
}

/** The shards of an evaluation of a classifier that tells dark images from bright ones. */
export function brightnessJobs({ hash, count, examples = 24, steps = 4, fate }: BrightnessJobs): Job[] {
  const options: EvaluationJobOptions = {
    backend: 'cpu',
    model: { module, export: 'brightness', options: fate ? { fate } : {} },
    data: { module, export: 'uniformImages', options: { examples } },
    attacks: [{ name: 'pgd', options: { eps: 0.1, steps } }],
    threat: { norm: 'linf', eps: 0.1 },
    ...{ meets: 'survivors', batchSize: 2, seed: 3, described: { name: 'brightness' } },
  };
  const all = { kind: 'evaluate', options: plainOptions(options), hashes: { data: hash } };
  return Array.from({ length: count }, (_, i) => makeJob({ ...all, shard: { number: i + 1, count } }));
}
