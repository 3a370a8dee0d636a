import {
  anything,
  checkOptions,
  differences,
  FormatError,
  integer,
  isUserError,
  nullable,
  number,
  object,
  openSealedJson,
  type Rules,
  required,
  type Store,
  said,
  sealJson,
  sha256,
  show,
  type Trainable,
} from '@agoge/core';
import { version_core } from '@tensorflow/tfjs-core';
import { version } from '../package.json';
import { type BestEpoch, bestOf, type EpochRecord, type RunningSums } from './history';
import type { NamedVariable } from './optimizer';
import type { RunSetup } from './run-setup';
import { readVariables, variablesOf, writeVariables } from './weights';

/** Where a run keeps its checkpoint: `NAME.json`, `NAME.HASH.safetensors`, and `NAME.best.HASH.safetensors` if it validates. */
export interface CheckpointPlace {
  store: Store;
  name: string;
}

/** The kept weights of the best epoch so far. */
export interface KeptBest {
  epoch: number;
  sha256: string;
}

/** Where a run stands, and what it has come by. */
export interface RunState {
  /** Epochs finished. */
  epoch: number;
  /** Steps of the next epoch done; all of them where it is yet to be validated. */
  batch: number;
  /** Steps of the whole run done. */
  step: number;
  /** Of the unfinished epoch. */
  sums: RunningSums;
  history: EpochRecord[];
  best: KeptBest | null;
}

const schema = 'agoge/checkpoint@2';
/** Of what wrote it, for the record. */
const versions = { '@agoge/adv-train': version, '@tensorflow/tfjs-core': version_core };
const hashDigits = 16;
const documentOf = (name: string) => `${name}.json`;
const tensorsOf = (name: string, hash: string) => `${name}.${hash.slice(0, hashDigits)}.safetensors`;
const bestNameOf = (name: string) => `${name}.best`;

/** Puts tensors into a file named after their hash; returns the hash. */
async function putTensors(store: Store, name: string, variables: readonly NamedVariable[]): Promise<string> {
  const tensors = await writeVariables(variables);
  const hash = await sha256(tensors);
  await store.put(tensorsOf(name, hash), tensors);
  return hash;
}

/** Keeps the weights of the best epoch; the checkpoint after it names them, and only then the former best go. */
export async function keepBest({ store, name }: CheckpointPlace, model: Trainable, epoch: number): Promise<KeptBest> {
  return { epoch, sha256: await putTensors(store, bestNameOf(name), variablesOf(model)) };
}

/**
 * Keeps a run as it stands, in place of the checkpoint of that name.
 *
 * The tensors go first, in a file named after their hash, then the JSON that names it, and last the old tensors: a kill in
 * between leaves the old checkpoint or the new one, whole.
 */
export async function saveCheckpoint(
  { store, name }: CheckpointPlace,
  variables: readonly NamedVariable[],
  setup: RunSetup,
  state: RunState,
): Promise<void> {
  const hash = await putTensors(store, name, variables);
  const file = tensorsOf(name, hash);
  const record = { schema, tensors: { file, sha256: hash }, setup, state, versions };
  await store.put(documentOf(name), await sealJson(record));

  const kept = [file, ...(state.best ? [tensorsOf(bestNameOf(name), state.best.sha256)] : [])];
  for (const other of await store.list(`${name}.`)) {
    if (!kept.includes(other) && [name, bestNameOf(name)].some((each) => isTensorsOf(each, other))) {
      await store.remove(other);
    }
  }
}

function isTensorsOf(name: string, file: string): boolean {
  const hash = file.slice(name.length + 1, name.length + 1 + hashDigits);
  return /^[0-9a-f]+$/.test(hash) && file === tensorsOf(name, hash);
}

/**
 * Reads the checkpoint of a run. Nothing changes before all of it is checked; then the variables get their values.
 *
 * @param who for messages
 * @returns `undefined` where there is none
 * @throws FormatError for one that is damaged or incomplete; `Error` that names what differs for that of another run
 */
export async function loadCheckpoint(
  who: string,
  { store, name }: CheckpointPlace,
  variables: readonly NamedVariable[],
  setup: RunSetup,
): Promise<RunState | undefined> {
  const bytes = await store.get(documentOf(name));
  if (!bytes) return undefined;
  const what = `${who}: checkpoint ${show(name)}`;
  const { tensors, setup: old, state } = await readDocument(what, bytes);

  const different = differences(old, setup);
  if (different.length > 0) {
    const advice = 'set resume to false to begin anew, or give another name';
    throw said(new Error(`${what} is of another run: ${different.join(', ')}; ${advice}`));
  }
  const values = await getTensors(what, store, name, tensors.sha256);
  if (state.best) await getTensors(what, store, bestNameOf(name), state.best.sha256);
  readVariables(what, variables, values)();
  return state;
}

async function getTensors(what: string, store: Store, name: string, hash: string): Promise<Uint8Array> {
  const file = tensorsOf(name, hash);
  const values = await store.get(file);
  if (!values) throw new FormatError(what, `its file ${show(file)} is missing`);
  if ((await sha256(values)) !== hash) {
    throw new FormatError(what, `its file ${show(file)} is damaged: it has another sha256`);
  }
  return values;
}

/**
 * Gives a model the weights that a run kept of its best validated epoch: those of the average, where it trained with one.
 *
 * @param model of the form of the one that was trained
 * @param place the run's `checkpoint`
 * @returns the epoch and its accuracies
 * @throws FormatError for a damaged checkpoint and for weights of another form; `Error` where there is none, or none was validated
 * @example
 * const { epoch, robustAccuracy } = await loadBest(model, { store, name: 'run' });
 */
export async function loadBest(model: Trainable, place: CheckpointPlace): Promise<BestEpoch> {
  const { store, name } = place;
  const what = `loadBest: checkpoint ${show(name)}`;
  const bytes = await store.get(documentOf(name));
  if (!bytes) throw said(new Error(`${what} is not there`));
  const { best, history } = (await readDocument(what, bytes)).state;
  const figures = bestOf(history);
  if (!best || !figures) throw said(new Error(`${what} has no best epoch: none was validated`));
  readVariables(what, variablesOf(model), await getTensors(what, store, bestNameOf(name), best.sha256))();
  return figures;
}

interface Document {
  tensors: { sha256: string };
  setup: unknown;
  state: RunState;
}

const count = required(integer({ min: 0 }));
const hashRule = required({
  expected: '64 hexadecimal digits',
  test: (each: unknown) => (/^[0-9a-f]{64}$/.test(String(each)) ? 'ok' : 'kind'),
});
const stateRules: Rules = {
  epoch: count,
  batch: count,
  step: count,
  sums: required(object),
  history: required({
    expected: 'an array of records',
    test: (value) => (Array.isArray(value) && value.every((each) => object.test(each) === 'ok') ? 'ok' : 'kind'),
  }),
  best: required(nullable(object)),
};
const sumRules: Rules = { examples: count, loss: required(number()), correct: count, seconds: required(number()) };

async function readDocument(what: string, bytes: Uint8Array): Promise<Document> {
  const record = await openSealedJson(what, schema, bytes);
  try {
    const tensors = record.tensors as Document['tensors'];
    checkOptions('tensors', tensors, { file: required(anything), sha256: hashRule });
    const state = record.state as RunState;
    checkOptions('state', state, stateRules);
    checkOptions('state.sums', state.sums, sumRules);
    if (state.best) checkOptions('state.best', state.best, { epoch: count, sha256: hashRule });
    return { tensors, setup: record.setup, state };
  } catch (error) {
    if (isUserError(error)) throw new FormatError(what, error.message);
    throw error;
  }
}
