import { BackendError } from '@agoge/core';
import type { BackendValues, DataId } from '@tensorflow/tfjs-core';

interface Readable {
  read(dataId: DataId): Promise<BackendValues>;
}

/** What has gone wrong on a device since its start. */
export interface Trouble {
  /** In words, of all that was asked of the device so far; `undefined` while all is well. */
  words(): Promise<string | undefined>;
  /** Lets reads pass again, where the device still works. */
  forget?(): void;
}

const troubles = new WeakMap<object, Trouble>();

/**
 * Makes a backend's reads fail where the GPU has failed.
 *
 * A device that is lost, or a command that it refuses (a buffer larger than it can hold), leaves zeros in TensorFlow.js 4.22 and
 * at most a line on the console. Whatever is computed afterwards may rest on them, so that every later read fails too.
 */
export function guardReads(backend: Readable, name: string, trouble: Trouble): void {
  troubles.set(backend, trouble);
  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    let values: BackendValues;
    try {
      values = await read(dataId);
    } catch (cause) {
      const words = await trouble.words();
      throw words === undefined ? cause : new BackendError(name, words, { cause });
    }
    const words = await trouble.words();
    if (words !== undefined) throw new BackendError(name, words);
    return values;
  };
}

/** Lets a backend go on after trouble, for who has disposed of all that it may have spoilt. */
export async function forgetTrouble(backend: object): Promise<void> {
  const trouble = troubles.get(backend);
  await trouble?.words();
  trouble?.forget?.();
}
