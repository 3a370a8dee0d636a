import {
  boolean,
  canonicalJson,
  checkOptions,
  differences,
  oneOf,
  openSealedJson,
  type Rule,
  required,
  type Store,
  said,
  sealJson,
  sha256,
  show,
  string,
} from '@agoge/core';
import type { Block } from './block';
import { readBlock, writeBlock } from './block-file';
import type { RunSetup } from './run-setup';

export interface RunStateOptions {
  /** Where blocks go as they come: `NAME/run.json`, which says what run it is, and `NAME/000000250.safetensors` ... */
  store: Store;
  /** Default `run`. */
  name?: string;
  /** Whether to go on from what is there. Default true; false begins anew and removes it. */
  resume?: boolean;
  /**
   * What is kept of the images that the attacks found, one shard per block: `none` (default); `float32`, as they are; or
   * `uint8`, rounded to 8 bits, each looked at once more.
   */
  images?: 'none' | 'float32' | 'uint8';
}

/** The blocks of a run in a store. */
export interface RunState {
  /** The block that begins with this example, as far as it was kept. */
  load(first: number): Promise<Block | undefined>;
  /** Keeps a block, in place of what was kept of it. */
  save(first: number, block: Block, isDone: boolean): Promise<void>;
}

const store: Rule = {
  expected: 'a Store',
  test: (value) =>
    ['get', 'put', 'list', 'remove'].every(
      (key) => typeof (value as Record<string, unknown> | null)?.[key] === 'function',
    )
      ? 'ok'
      : 'kind',
};
const schema = 'agoge/attack-run@1';

/** Checks the option `state`. */
export function checkState(who: string, state: RunStateOptions | undefined): void {
  if (state === undefined) return;
  checkOptions(`${who}: state`, state, {
    store: required(store),
    name: string,
    resume: boolean,
    images: oneOf('none', 'float32', 'uint8'),
  });
}

/**
 * Opens the state of a run. Nothing is written, and nothing removed, before the first block is.
 *
 * A block is one file, put whole: a kill leaves the block before or after an attack. What belongs to another run is refused.
 *
 * @param setup of the run
 * @throws Error that names what differs, for the state of another run; FormatError for one that is damaged
 */
export async function openRunState(
  who: string,
  { store, name = 'run', resume = true, images = 'none' }: RunStateOptions,
  setup: RunSetup,
): Promise<RunState> {
  const what = `${who}: state ${show(name)}`;
  const document = `${name}/run.json`;
  const seal = await sha256(canonicalJson(setup));
  const fileOf = (first: number) => `${name}/${String(first).padStart(9, '0')}.safetensors`;
  const old = resume ? await store.get(document) : undefined;
  let isOpen = old !== undefined;
  if (old) {
    const { setup: was } = await openSealedJson(what, schema, old);
    const different = differences(was, setup);
    if (different.length > 0) {
      const advice = 'set resume to false to begin anew, or give another name';
      throw said(new Error(`${what} is of another run: ${different.join(', ')}; ${advice}`));
    }
  }
  /** The document goes first and comes last, so that blocks never stand without their own. */
  const begin = async () => {
    await store.remove(document);
    for (const each of await store.list(`${name}/`)) if (/\/\d{9,}\.safetensors$/.test(each)) await store.remove(each);
    await store.put(document, await sealJson({ schema, setup }));
    isOpen = true;
  };
  return {
    async load(first) {
      if (!isOpen) return undefined;
      const bytes = await store.get(fileOf(first));
      return bytes && (await readBlock(`${what}: ${fileOf(first)}`, bytes, seal));
    },
    async save(first, block, isDone) {
      if (!isOpen) await begin();
      await store.put(fileOf(first), await writeBlock(block, seal, isDone && images !== 'none'));
    },
  };
}
