import {
  anything,
  canonicalJson,
  checkOptions,
  FormatError,
  integer,
  isUserError,
  number,
  object,
  parseJson,
  type Rules,
  required,
  type Store,
  said,
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
  const checksum = await sha256(canonicalJson(record));
  await store.put(documentOf(name), new TextEncoder().encode(`${JSON.stringify({ ...record, checksum }, null, 2)}\n`));

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

  const differences = compare(old, setup);
  if (differences.length > 0) {
    const advice = 'set resume to false to begin anew, or give another name';
    throw said(new Error(`${what} is of another run: ${differences.join(', ')}; ${advice}`));
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
  const value = parseJson(what, new TextDecoder().decode(bytes));
  if (object.test(value) !== 'ok') throw new FormatError(what, 'is no JSON object');
  const { checksum, ...record } = value as Record<string, unknown>;
  if (record.schema !== schema)
    throw new FormatError(what, `schema must be ${show(schema)}, got ${show(record.schema)}`);
  if ((await sha256(canonicalJson(record))) !== checksum)
    throw new FormatError(what, 'is damaged: its checksum is another');
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

/** Says where two JSON values differ: `batchSize was 64, is 32`. */
function compare(was: unknown, is: unknown, path = ''): string[] {
  const [before, now] = [was, is].map((each) =>
    object.test(each) === 'ok' ? (each as Record<string, unknown>) : undefined,
  );
  if (before && now) {
    return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((key) =>
      compare(own(before, key), own(now, key), path === '' ? key : `${path}.${key}`),
    );
  }
  return before === undefined && now === undefined && was === is ? [] : [`${path} was ${say(was)}, is ${say(is)}`];
}

const own = (value: Record<string, unknown>, key: string) => (Object.hasOwn(value, key) ? value[key] : undefined);
const say = (value: unknown) => (value === undefined ? 'absent' : object.test(value) === 'ok' ? 'there' : show(value));
