import { type BlackBox, type Classifier, canonicalJson, sha256 } from '@agoge/core';

/** SHA-256 over all weights in their order: shapes, types and values. Null for a model that does not tell its weights. */
export async function weightsHash(f: Classifier | BlackBox): Promise<string | null> {
  const weights = 'weights' in f ? f.weights?.() : undefined;
  if (!weights) return null;
  const parts: object[] = [];
  for (const weight of weights) {
    const { buffer, byteOffset, byteLength } = await weight.data();
    const values = await sha256(new Uint8Array(buffer, byteOffset, byteLength));
    parts.push({ shape: weight.shape, dtype: weight.dtype, values });
  }
  return sha256(canonicalJson(parts));
}
