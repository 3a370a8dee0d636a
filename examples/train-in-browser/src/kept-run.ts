import {
  arrayOf,
  checkOptions,
  integer,
  object,
  openSealedJson,
  required,
  type Store,
  sealJson,
  string,
} from '@agoge/core';
import type { KeptRun } from './protocol';
import { checkSetup } from './setup';

const schema = 'agoge/train-in-browser@1';
const [document, weights] = ['run.json', 'model.safetensors'];
/** Under which `train` keeps its checkpoints. */
export const checkpointName = 'training';

export async function keepRun(store: Store, run: KeptRun): Promise<void> {
  await store.put(document, await sealJson({ schema, ...run }));
}

/**
 * The run that the browser keeps, and the weights of one that is finished.
 *
 * @throws FormatError, TypeError, RangeError for one that is damaged
 */
export async function keptRun(store: Store): Promise<{ run?: KeptRun; weights?: Uint8Array }> {
  const bytes = await store.get(document);
  if (!bytes) return {};
  const { schema: _, ...run } = await openSealedJson('the kept run', schema, bytes);
  checkOptions('the kept run', run, {
    setup: required(object),
    backend: required(string),
    steps: integer({ min: 1 }),
    points: required(arrayOf(object)),
  });
  const kept = run as unknown as KeptRun;
  checkSetup(kept.setup);
  const finished = await store.get(weights);
  return { run: kept, ...(finished && { weights: finished }) };
}

export async function keepWeights(store: Store, bytes: Uint8Array): Promise<void> {
  await store.put(weights, bytes);
}

export async function forgetRun(store: Store): Promise<void> {
  for (const name of await store.list('')) await store.remove(name);
}
