import type { Rule } from '@agoge/core';
import type { Bytes, BytesLike } from './bytes';

const isBytes = (value: unknown): value is BytesLike =>
  value instanceof Uint8Array ||
  value instanceof ArrayBuffer ||
  value instanceof Blob ||
  (typeof (value as Bytes | null)?.length === 'number' && typeof (value as Bytes).read === 'function');

/** The rule for an option that is {@link BytesLike}. */
export const bytesLike: Rule = {
  expected: 'bytes: a Uint8Array, an ArrayBuffer, a Blob, or fileBytes(path) of @agoge/datasets/node',
  test: (value) => (isBytes(value) ? 'ok' : 'kind'),
};
