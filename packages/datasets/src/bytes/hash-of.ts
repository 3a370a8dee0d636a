import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex } from '@noble/hashes/utils';

/** SHA-256, in hexadecimal, of texts and bytes one after another; at once, where core's own is a promise. */
export function hashOf(...parts: (string | Uint8Array)[]): string {
  const hash = sha256.create();
  for (const part of parts) hash.update(part);
  return bytesToHex(hash.digest());
}
