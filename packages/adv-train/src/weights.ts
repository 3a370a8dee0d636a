import {
  FormatError,
  readSafetensors,
  type SafetensorsEntry,
  type Trainable,
  toTypedArray,
  writeSafetensors,
} from '@agoge/core';
import { tensor, tidy } from '@tensorflow/tfjs-core';
import type { NamedVariable } from './optimizer';

const dtypes: Readonly<Record<string, SafetensorsEntry['dtype']>> = { float32: 'F32', int32: 'I32', bool: 'BOOL' };

/** All variables of a model, trained or not, with their names. */
export function variablesOf(model: Trainable): NamedVariable[] {
  return [...model.parameters(), ...model.buffers()].map(({ name, variable }) => ({ name, variable }));
}

/** Variables as the bytes of a safetensors file. */
export async function writeVariables(
  variables: readonly NamedVariable[],
  metadata?: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const entries = variables.map(async ({ name, variable }): Promise<[string, SafetensorsEntry]> => {
    const { buffer, byteOffset, byteLength } = await variable.data();
    const data = new Uint8Array(buffer, byteOffset, byteLength);
    return [name, { dtype: dtypes[variable.dtype], shape: [...variable.shape], data }];
  });
  return writeSafetensors(await Promise.all(entries), metadata);
}

/**
 * Reads what {@link writeVariables} wrote, and checks all of it before anything changes.
 *
 * @param who for the message
 * @returns a function that assigns the values
 * @throws FormatError that lists every name that is missing, unknown, or of another shape or type, or not finite
 */
export function readVariables(who: string, variables: readonly NamedVariable[], bytes: Uint8Array): () => void {
  const { tensors } = readSafetensors(bytes);
  const wanted = new Set(variables.map(({ name }) => name));
  const faults = [...tensors.keys()].filter((name) => !wanted.has(name)).map((name) => `"${name}" is unknown`);
  const values = variables.map(({ name, variable }) => {
    const entry = tensors.get(name);
    if (!entry) {
      faults.push(`"${name}" is missing`);
      return undefined;
    }
    const [found, expected] = [`${entry.dtype} [${entry.shape}]`, `${dtypes[variable.dtype]} [${variable.shape}]`];
    if (found !== expected) {
      faults.push(`"${name}" is ${found}, must be ${expected}`);
      return undefined;
    }
    // A copy: the file's bytes are the caller's.
    const data = toTypedArray(entry).slice() as Float32Array | Int32Array | Uint8Array;
    if (!data.every(Number.isFinite)) faults.push(`"${name}" is not finite`);
    return data;
  });
  if (faults.length > 0) throw new FormatError(who, `the weights are not this model's: ${faults.join(', ')}`);
  return () =>
    tidy(() => {
      variables.forEach(({ variable }, i) => {
        const data = values[i];
        if (data) variable.assign(tensor(data, variable.shape, variable.dtype));
      });
    });
}

/**
 * A model's weights and running statistics as a safetensors file, by the names that the same network has each time it is
 * built.
 *
 * @param metadata strings to keep beside them
 * @example
 * await writeFile('model.safetensors', await saveWeights(model));
 */
export function saveWeights(model: Trainable, metadata?: Readonly<Record<string, string>>): Promise<Uint8Array> {
  return writeVariables(variablesOf(model), metadata);
}

/**
 * Gives a model the weights and running statistics that {@link saveWeights} wrote of one of the same form.
 *
 * @throws FormatError for a damaged file, and where names, shapes or types differ, which it lists; the model is unchanged then
 */
export function loadWeights(model: Trainable, bytes: Uint8Array): void {
  readVariables('loadWeights', variablesOf(model), bytes)();
}
