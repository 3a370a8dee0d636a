import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Batch,
  canonicalJson,
  checkOptions,
  integer,
  ModelError,
  type Run,
  refusal,
  required,
  said,
  string,
} from '@agoge/core';
import { add, getBackend, type Tensor, tidy, version_core } from '@tensorflow/tfjs-core';
import { partsOf } from '../parts';
import type { CraftedParts, PartTrainer, PartWork, PassKind } from '../step-parts';
import {
  countsOf,
  formOf,
  type ModelVariables,
  putValues,
  sharedFloats,
  sizeOf,
  variablesByKind,
} from './shared-values';
import { startWorker, type WorkerLink } from './worker-link';
import type { ModelForm, Ready, SharedBatch } from './worker-messages';
import { workerPasses } from './worker-passes';

export interface TrainingWorkersOptions {
  /** The module that the workers build their models from: a file URL, such as `new URL('./model.mjs', import.meta.url)`, or an absolute path. */
  module: URL | string;
  /** The module's function that starts the backend and makes the model, as a Trainable, from `options`; it may be async. */
  export: string;
  /** JSON. Default `{}`. */
  options?: unknown;
  /** How many. No default: as many as there are cores to spare. */
  workers: number;
  /** The module's function that makes the objective from its options; without it, {@link objectives} of the registry does, by name. */
  objective?: string;
}

/** Threads that share the work on the parts of each batch. */
export interface TrainingWorkers extends PartWork {
  /** How many. */
  readonly workers: number;
  /** Ends the threads. Threads that nothing is asked of keep no program alive. */
  close(): Promise<void>;
}

const who = 'trainingWorkers';

/** The workers of a program. */
export async function startTrainingWorkers(entry: URL, given: TrainingWorkersOptions): Promise<TrainingWorkers> {
  checkOptions(who, given, {
    module: required({
      expected: "a file URL, as new URL('./model.mjs', import.meta.url), or an absolute path",
      test: (value) => (value instanceof URL || typeof value === 'string' ? (urlOf(value) ? 'ok' : 'range') : 'kind'),
    }),
    export: required(string),
    options: { expected: 'JSON', test: (value) => (canonicalJson(value) ? 'ok' : 'kind') },
    workers: required(integer({ min: 1 })),
    objective: string,
  });
  const { options = {}, workers, objective = null } = given;
  const start = { module: urlOf(given.module) ?? '', export: given.export, options, objective, count: workers };
  const links = Array.from({ length: workers }, (_, number) => startWorker(who, entry, { ...start, number }));
  const close = async () => void (await Promise.all(links.map((each) => each.end())));
  const readies = await Promise.allSettled(links.map(({ ready }) => ready));
  const failed = readies.find((each) => each.status === 'rejected');
  if (failed) {
    await close();
    throw failed.reason;
  }
  const forms = readies.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  return { workers, craft: craftingBy(links, forms[0]), close };
}

function urlOf(module: URL | string): string | undefined {
  const url = String(module);
  if (url.startsWith('file:')) return url;
  return isAbsolute(url) ? pathToFileURL(url).href : undefined;
}

/** What lasts from step to step with one trainer. */
interface Prepared {
  trainer: PartTrainer;
  variables: ModelVariables;
  /** Shared: the weights and the floating-point buffers. */
  values: Float32Array;
  /** Shared: of each worker. */
  gradients: Float32Array[];
  counted: Map<PassKind, number[]>;
}

function craftingBy(links: readonly WorkerLink[], form: Ready): PartWork['craft'] {
  const share = sharingBatches();
  let prepared: Prepared | undefined;
  let version = 0;

  return async (trainer, batch, run) => {
    const { signal } = run;
    signal?.throwIfAborted();
    if (prepared?.trainer !== trainer) prepared = await prepare(links, form, trainer);
    const { variables, values, gradients, counted } = prepared;
    const { parameters, floats, counters } = variables;
    await putValues(values, floats, floats);
    version++;
    const request = {
      batch: share(batch, run, trainer.microBatch ?? batch.shape[0], await trainer.perturbation?.data<'float32'>()),
      model: { values, version, counters: await countsOf(counters) },
    };
    const release = () => {
      for (const each of links) each.ask('release', {}, 'ending a step').catch(() => undefined);
    };
    const abort = () => links.forEach((each) => void each.abort());
    signal?.addEventListener('abort', abort);
    try {
      const done = await Promise.allSettled(links.map((each) => each.ask('craft', request, 'crafting')));
      signal?.throwIfAborted();
      const failed = done.find((each) => each.status === 'rejected');
      if (failed) throw failed.reason;
    } catch (error) {
      release();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
    }

    const sizes = partsOf(batch, run, trainer.microBatch).map((each) => each.batch.shape[0]);
    const step = { links, gradients, variables, counted, trainer, sizes };
    let isMoved = false;
    return {
      sizes,
      async *passes(kind, moves) {
        const moving = moves.some(Boolean);
        if (moving || isMoved) {
          await putMoved(values, parameters, moves);
          version++;
        }
        isMoved = moving;
        yield* workerPasses(step, kind, { values, version });
      },
      async adversarial() {
        const images = new Float32Array(batch.x.length);
        let at = 0;
        for (const part of sizes.keys()) {
          const rows = await links[part % links.length].ask('adversarial', { part }, `at part ${part + 1}`);
          images.set(rows, at);
          at += rows.length;
        }
        return images;
      },
      dispose: release,
    } satisfies CraftedParts;
  };
}

/** Writes the weights as they are moved. */
async function putMoved(
  values: Float32Array,
  parameters: PartTrainer['parameters'],
  moves: readonly (Tensor | undefined)[],
): Promise<void> {
  const moved = tidy(() =>
    parameters.map(({ variable }, i) => {
      const move = moves[i];
      return move ? add(variable, move) : variable.clone();
    }),
  );
  try {
    await putValues(values, moved, moved);
  } finally {
    for (const each of moved) each.dispose();
  }
}

/** Gives the workers the objective and their memory, once they are seen to have the same model on the same backend. */
async function prepare(links: readonly WorkerLink[], form: Ready, trainer: PartTrainer): Promise<Prepared> {
  const { model, parameters, objective } = trainer;
  checkForm(form, formOf(model));
  if (form.backend !== getBackend()) {
    const remedy = 'have the module start the same';
    throw said(
      new Error(`${who}: the workers run the backend ${form.backend}, this thread ${getBackend()}: ${remedy}`),
    );
  }
  if (form.version !== version_core) {
    throw said(new Error(`${who}: the workers run tfjs ${form.version}, this thread ${version_core}`));
  }
  const variables = variablesByKind(model, parameters);
  const size = sizeOf(parameters.map(({ variable }) => variable));
  const gradients = links.map(() => sharedFloats(size));
  const wanted = { name: objective.name, options: objective.options };
  const json = canonicalJson(wanted);
  const made = await Promise.all(
    links.map((each, i) => each.ask('prepare', { objective: wanted, gradient: gradients[i] }, 'making the objective')),
  );
  const [other] = made.flatMap((each) => {
    const theirs = JSON.stringify(each);
    return canonicalJson(JSON.parse(theirs)) === json ? [] : [theirs];
  });
  if (other) throw said(new Error(`${who}: the workers made ${other} of the objective ${json}`));
  return { trainer, variables, values: sharedFloats(sizeOf(variables.floats)), gradients, counted: new Map() };
}

function checkForm(theirs: ModelForm, ours: ModelForm): void {
  for (const kind of ['parameters', 'buffers'] as const) {
    const place = [...ours[kind], ...theirs[kind]].findIndex((_, i) => ours[kind][i] !== theirs[kind][i]);
    if (place === -1) continue;
    const [expected, found] = [ours, theirs].map((each) => each[kind][place] ?? 'none');
    throw new ModelError(
      who,
      `the workers' model must be a copy of the trained one: of its ${kind} number ${place} is ${expected}, theirs ${found}`,
    );
  }
  const foreign = ours.parameters.find((each) => !each.endsWith('float32'));
  if (foreign) throw new ModelError(who, refusal('the model', 'each weight', 'float32', foreign));
}

/** Copies batches into shared memory, which grows with the largest. */
function sharingBatches() {
  const memory = new Map<string, SharedArrayBuffer>();
  const room = (name: string, bytes: number): SharedArrayBuffer => {
    const had = memory.get(name);
    if (had && had.byteLength >= bytes) return had;
    const made = new SharedArrayBuffer(bytes);
    memory.set(name, made);
    return made;
  };
  const floats = (name: string, values: Float32Array) => {
    const shared = new Float32Array(room(name, values.byteLength), 0, values.length);
    shared.set(values);
    return shared;
  };
  return (
    { x, shape, y, index, target }: Batch,
    { seed }: Run,
    microBatch: number,
    perturbation: Float32Array | undefined,
  ): SharedBatch => ({
    x: floats('x', x),
    shape,
    // Small: they travel by themselves.
    y,
    index,
    ...(target && { target: floats('target', target) }),
    ...(perturbation && { perturbation: floats('perturbation', perturbation.subarray(0, x.length)) }),
    seed,
    microBatch,
  });
}
