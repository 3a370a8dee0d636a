import { FormatError, readSafetensors, type SafetensorsEntry, toTypedArray, writeSafetensors } from '@agoge/core';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { HasLayers } from '../layers-within';
import { ownName } from './own-name';
import { spartaByName } from './sparta-layers';

/** The weights of one Sparta layer by their names within it (`conv1.kernel`). */
export type GateValues = Map<string, { shape: readonly number[]; read(): Tensor }>;

/** The gates of a model by their layers' names. */
export function gatesOfModel(who: string, what: string, model: HasLayers): Map<string, GateValues> {
  const gates = new Map<string, GateValues>();
  for (const [name, layer] of spartaByName(who, what, model)) {
    const values = layer.weights.map((weight) => {
      const value = { shape: weight.shape as number[], read: () => weight.read() };
      return [ownName(weight.originalName), value] as const;
    });
    gates.set(name, new Map(values));
  }
  return gates;
}

/** The gates in a file that {@link saveSparta} wrote; what `read` makes is the caller's. */
export function gatesOfFile(who: string, bytes: Uint8Array): Map<string, GateValues> {
  const gates = new Map<string, GateValues>();
  for (const [name, entry] of readSafetensors(bytes).tensors) {
    const values = toTypedArray(entry);
    if (!(values instanceof Float32Array)) throw new FormatError(who, `"${name}" must be F32, is ${entry.dtype}`);
    if (!values.every(Number.isFinite)) throw new FormatError(who, `"${name}" must be finite`);
    const layer = name.slice(0, -ownName(name).length - 1);
    const gate: GateValues = gates.get(layer) ?? new Map();
    gates.set(layer, gate.set(ownName(name), { shape: entry.shape, read: () => tensor(values.slice(), entry.shape) }));
  }
  if (gates.size === 0) throw new FormatError(who, 'the file holds no weights');
  return gates;
}

/**
 * The weights of a model's {@link Sparta} layers, alone, as a safetensors file (`sparta/stage1/conv1.kernel`): a gate learned
 * once can be shipped, and put into other networks by {@link transplant}.
 *
 * @throws ModelError for a model without Sparta layers
 * @example
 * await writeFile('gates.safetensors', await saveSparta(model));
 */
export async function saveSparta(model: HasLayers): Promise<Uint8Array> {
  const gates = [...gatesOfModel('saveSparta', 'model', model)];
  const entries = gates.flatMap(([layer, values]) =>
    [...values].map(async ([name, { shape, read }]): Promise<[string, SafetensorsEntry]> => {
      const { buffer, byteOffset, byteLength } = await read().data();
      return [
        `${layer}/${name}`,
        { dtype: 'F32', shape: [...shape], data: new Uint8Array(buffer, byteOffset, byteLength) },
      ];
    }),
  );
  return writeSafetensors(await Promise.all(entries), { format: 'agoge-sparta' });
}
