import { arrayOf, FormatError, integer, number, oneOf, parseJson, type Store, string } from '@agoge/core';
import type { io } from '@tensorflow/tfjs-core';
import { checkJson, type JsonShape, optional } from '../json-shape';

/** Bytes of one number as it lies in a shard. */
const bytes: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };

const groupShape: JsonShape = [{ paths: arrayOf(string), weights: arrayOf({ expected: 'an object', test: isObject }) }];
const weightRules: JsonShape = {
  name: string,
  shape: arrayOf(integer({ min: 0 })),
  dtype: oneOf('float32', 'int32', 'bool'),
  quantization: optional({ expected: 'an object', test: isObject }),
};
const quantizationRules: JsonShape = {
  dtype: oneOf('uint8', 'uint16', 'float16'),
  scale: optional(number()),
  min: optional(number()),
  original_dtype: optional(string),
};

function isObject(value: unknown) {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? 'ok' : 'kind';
}

/**
 * Reads a model that TensorFlow.js or its converter saved, `model.json` and its shards, and checks that all bytes are there:
 * tfjs itself reads what it finds, and a cut shard becomes a model with other weights or a message about array buffers.
 *
 * @param store of the folder; names of shards that leave it are refused by the store
 * @param who the file, for messages
 * @throws FormatError for what is missing, cut short or not such a model
 */
export async function readTfjsArtifacts(store: Store, text: string, who: string): Promise<io.ModelArtifacts> {
  const json = parseJson(who, text);
  if (isObject(json) !== 'ok') throw new FormatError(who, 'is not a model: it holds no JSON object');
  const { modelTopology, weightsManifest, format, signature } = json as Partial<io.ModelJSON>;
  if (isObject(modelTopology) !== 'ok' || !Array.isArray(weightsManifest)) {
    throw new FormatError(who, 'is not a model: it has no modelTopology with a weightsManifest');
  }
  checkJson(who, weightsManifest, groupShape, 'weightsManifest');
  const specs: io.WeightsManifestEntry[] = [];
  const parts: Uint8Array[] = [];
  for (const { paths, weights } of weightsManifest) {
    const shards = await Promise.all(paths.map((path) => readShard(store, path, who)));
    const found = shards.reduce((sum, { length }) => sum + length, 0);
    const needed = weights.reduce((sum, weight) => sum + sizeOf(weight, who), 0);
    if (found !== needed) {
      const cut = found < needed ? 'cut short' : 'too long';
      throw new FormatError(who, `its weights ${paths.join(', ')} are ${cut}: ${found} bytes, not ${needed}`);
    }
    specs.push(...weights);
    parts.push(...shards);
  }
  return { modelTopology, format, signature, weightSpecs: specs, weightData: concatenate(parts) };
}

async function readShard(store: Store, path: string, who: string): Promise<Uint8Array> {
  const shard = await store.get(path);
  if (!shard) throw new FormatError(who, `its file of weights ${JSON.stringify(path)} is missing`);
  return shard;
}

function sizeOf(weight: io.WeightsManifestEntry, who: string): number {
  checkJson(who, weight, weightRules, 'weight');
  if (weight.quantization)
    checkJson(who, weight.quantization, quantizationRules, `weight ${weight.name}: quantization`);
  return weight.shape.reduce((size, each) => size * each, 1) * bytes[weight.quantization?.dtype ?? weight.dtype];
}

function concatenate(parts: readonly Uint8Array[]): ArrayBuffer {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole.buffer;
}
