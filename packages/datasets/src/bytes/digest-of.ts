import { sha256 } from '@agoge/core';
import { hashOf } from './hash-of';

/** Bytes from which on it is worth the wait for the platform's own SHA-256, which is ten times as fast as ours. */
const long = 2 ** 14;

/** SHA-256, in hexadecimal, of bytes; by the platform where it has one and they are many. */
export async function digestOf(bytes: Uint8Array): Promise<string> {
  return bytes.length < long || globalThis.crypto?.subtle === undefined ? hashOf(bytes) : sha256(bytes);
}
