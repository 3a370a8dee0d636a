import { type Batch, ModelError, type SafetensorsEntry, writeSafetensors } from '@agoge/core';
import type { CheckpointPlace } from './checkpoint';

/** Training came to a loss that is NaN or infinite: the one {@link ModelError} that is a finding about the run. */
export class NonFiniteLoss extends ModelError {}

/**
 * Keeps a batch whose loss was no number, for inspection: `x`, `adversarial`, `y` and the absolute `index` of each example, in
 * `NAME.nan.safetensors`.
 *
 * @returns the file's name
 */
export async function keepBadBatch(
  { store, name }: CheckpointPlace,
  { x, shape, y, index }: Batch,
  adversarial: Float32Array,
): Promise<string> {
  const file = `${name}.nan.safetensors`;
  const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
    new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  const [n] = shape;
  const entries: Record<string, SafetensorsEntry> = {
    x: { dtype: 'F32', shape, data: bytesOf(x) },
    adversarial: { dtype: 'F32', shape, data: bytesOf(adversarial) },
    y: { dtype: 'I32', shape: [n], data: bytesOf(y) },
    index: { dtype: 'F64', shape: [n], data: bytesOf(index) },
  };
  await store.put(file, writeSafetensors(Object.entries(entries)));
  return file;
}
