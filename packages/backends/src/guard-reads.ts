import { BackendError } from '@agoge/core';
import type { BackendValues, DataId } from '@tensorflow/tfjs-core';

interface Readable {
  read(dataId: DataId): Promise<BackendValues>;
}

/**
 * Makes a backend's reads fail where the GPU has failed.
 *
 * A device that is lost, or a command that it refuses (a buffer larger than it can hold), leaves zeros in TensorFlow.js 4.22 and
 * at most a line on the console.
 *
 * @param trouble what has gone wrong since the start, in words; `undefined` while all is well
 */
export function guardReads(backend: Readable, name: string, trouble: () => string | undefined): void {
  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    let values: BackendValues;
    try {
      values = await read(dataId);
    } catch (cause) {
      const words = trouble();
      throw words === undefined ? cause : new BackendError(name, words, { cause });
    }
    const words = trouble();
    if (words !== undefined) throw new BackendError(name, words);
    return values;
  };
}
