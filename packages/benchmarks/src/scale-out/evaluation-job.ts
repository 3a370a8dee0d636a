import type { OnnxSettings } from '@agoge/backends';
import {
  type Attack,
  type Batches,
  type Classifier,
  canonicalJson,
  integer,
  number,
  oneOf,
  show,
  string,
} from '@agoge/core';
import { disposeVariables } from '@tensorflow/tfjs-core';
import { startBackend } from '../cli/backend';
import { type DataChoice, openData, standingForAll } from '../cli/data';
import { type ModelChoice, openModel } from '../cli/open-model';
import { evaluate } from '../evaluate';
import type { EvaluationResult, Threat } from '../evaluation-result';
import { checkJson, type JsonShape, jsonObject, optional } from '../json-shape';
import { namedAttack } from '../named-attack';
import { checkHashes, type Job, nameOf, Unfit } from './job';
import type { JobReins, JobRunner } from './job-kinds';
import { isReference, type ModuleReference, madeBy } from './module-reference';

/** What an evaluation is made of; of a job its `options`. */
export interface EvaluationJobOptions {
  backend: string;
  /** Of the onnx backend. */
  onnx?: OnnxSettings;
  /** As `agoge evaluate` takes it, or a function that makes a {@link Classifier}. */
  model: ModelChoice | ModuleReference;
  /** As `agoge evaluate` takes it, or a function that makes {@link Batches}. */
  data: (DataChoice & { split: string }) | ModuleReference;
  attacks: readonly ({ name: string; options: Readonly<Record<string, unknown>> } | ModuleReference)[];
  threat: Threat;
  meets: 'survivors' | 'all';
  examples?: number;
  batchSize: number;
  seed: number;
  /** What the result says of the model. */
  described: EvaluationResult['model'];
}

const shape: JsonShape = {
  backend: string,
  onnx: optional(jsonObject),
  model: jsonObject,
  data: jsonObject,
  attacks: [jsonObject],
  threat: { norm: oneOf('linf', 'l2', 'l1', 'l0', 'none'), eps: number({ min: 0 }) },
  meets: oneOf('survivors', 'all'),
  examples: optional(integer({ min: 1 })),
  batchSize: integer({ min: 1 }),
  seed: integer({ min: 0 }),
  described: jsonObject,
};

/** A model on its data, and what they were opened from. */
interface Opened {
  key: string;
  classifier: Classifier;
  data: Batches;
}

/** The last that this process opened: the shards of a run follow on each other, and need not each compile it anew. */
let last: Opened | undefined;

/** Runs a shard of an evaluation: the job of which {@link EvaluationJobOptions} are the options. */
export const runner: JobRunner = async (job, reins) => {
  checkJson(`${nameOf(job)}: options`, job.options, shape);
  const options = job.options as unknown as EvaluationJobOptions;
  const { threat, meets, examples, batchSize, seed, described } = options;
  const { classifier, data } = await opened(job, options, reins);
  checkHashes(job, { data: data.hash });
  const attacks = await Promise.all(options.attacks.map((each) => attackOf(nameOf(job), each, reins.modules)));
  return evaluate(classifier, data, {
    ...{ attacks, threat, meets, batchSize, seed, examples, shard: job.shard },
    model: described,
    state: { store: reins.state },
    signal: reins.signal,
    onProgress: reins.onProgress,
  });
};

async function opened(
  job: Job,
  options: EvaluationJobOptions,
  { file, modules, stderr, signal }: JobReins,
): Promise<Opened> {
  const who = nameOf(job);
  const { backend, onnx, model, data, examples } = options;
  const paths = Object.keys(job.files ?? {}).map((option) => [option, file(option)]);
  const key = canonicalJson(JSON.parse(JSON.stringify({ backend, onnx, model, data, examples, paths })));
  if (last?.key === key) return last;
  // Of the model before, if there was one.
  disposeVariables();
  last = undefined;
  await startBackend({ backend, onnx, stderr });
  const here = <T extends object>(choice: T): T => ({
    ...choice,
    ...Object.fromEntries(paths.filter(([option]) => option in choice)),
  });
  const unfit = (cause: Error) => {
    throw new Unfit(job, `wants data ${show(job.hashes.data)}: ${cause.message}`, { cause });
  };
  const batches = isReference(data)
    ? await madeBy<Batches>(`${who}: data`, data, modules)
    : standingForAll(
        await openData(here(data), data.split, { stderr, signal: signal ?? new AbortController().signal }).catch(unfit),
        examples,
      );
  const classifier = isReference(model)
    ? await madeBy<Classifier>(`${who}: model`, model, modules)
    : (await openModel(here(model), batches)).classifier;
  last = { key, classifier, data: batches };
  return last;
}

async function attackOf(
  who: string,
  attack: EvaluationJobOptions['attacks'][number],
  modules: boolean,
): Promise<Attack> {
  if (isReference(attack)) return madeBy<Attack>(`${who}: attack`, attack, modules);
  return namedAttack(who, attack);
}
