import {
  anything,
  checkOptions,
  differences,
  FormatError,
  integer,
  isUserError,
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
} from '@agoge/core';
import { version_core } from '@tensorflow/tfjs-core';
import { version } from '../package.json';
import type { EpochRecord, RunningSums } from './history';
import type { NamedVariable } from './optimizer';
import type { RunSetup } from './run-setup';
import { readVariables, writeVariables } from './weights';

/** Where a run keeps its checkpoint: `NAME.json` and `NAME.HASH.safetensors`. */
export interface CheckpointPlace {
  store: Store;
  name: string;
}

/** Where a run stands, and what it has come by. */
export interface RunState {
  /** Epochs finished. */
  epoch: number;
  /** Batches of the next epoch done. */
  batch: number;
  /** Steps of the whole run done. */
  step: number;
  /** Of the unfinished epoch. */
  sums: RunningSums;
  history: EpochRecord[];
}

const schema = 'agoge/checkpoint@1';
/** Of what wrote it, for the record. */
const versions = { '@agoge/adv-train': version, '@tensorflow/tfjs-core': version_core };
const hashDigits = 16;
const documentOf = (name: string) => `${name}.json`;
const tensorsOf = (name: string, hash: string) => `${name}.${hash.slice(0, hashDigits)}.safetensors`;

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
  const tensors = await writeVariables(variables);
  const hash = await sha256(tensors);
  const file = tensorsOf(name, hash);
  await store.put(file, tensors);

  const record = { schema, tensors: { file, sha256: hash }, setup, state, versions };
  await store.put(documentOf(name), await sealJson(record));

  for (const other of await store.list(`${name}.`)) {
    if (other !== file && isTensorsOf(name, other)) await store.remove(other);
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
  const values = await store.get(tensorsOf(name, tensors.sha256));
  if (!values) throw new FormatError(what, `its file ${show(tensorsOf(name, tensors.sha256))} is missing`);
  if ((await sha256(values)) !== tensors.sha256) {
    throw new FormatError(what, `its file ${show(tensorsOf(name, tensors.sha256))} is damaged: it has another sha256`);
  }
  readVariables(what, variables, values)();
  return state;
}

interface Document {
  tensors: { sha256: string };
  setup: unknown;
  state: RunState;
}

const count = required(integer({ min: 0 }));
const stateRules: Rules = {
  epoch: count,
  batch: count,
  step: count,
  sums: required(object),
  history: required({
    expected: 'an array of records',
    test: (value) => (Array.isArray(value) && value.every((each) => object.test(each) === 'ok') ? 'ok' : 'kind'),
  }),
};
const sumRules: Rules = { examples: count, loss: required(number()), correct: count, seconds: required(number()) };

async function readDocument(what: string, bytes: Uint8Array): Promise<Document> {
  const record = await openSealedJson(what, schema, bytes);
  try {
    const tensors = record.tensors as Document['tensors'];
    const hash = {
      expected: '64 hexadecimal digits',
      test: (each: unknown) => (/^[0-9a-f]{64}$/.test(String(each)) ? 'ok' : 'kind'),
    } as const;
    checkOptions('tensors', tensors, { file: required(anything), sha256: required(hash) });
    const state = record.state as RunState;
    checkOptions('state', state, stateRules);
    checkOptions('state.sums', state.sums, sumRules);
    return { tensors, setup: record.setup, state };
  } catch (error) {
    if (isUserError(error)) throw new FormatError(what, error.message);
    throw error;
  }
}
