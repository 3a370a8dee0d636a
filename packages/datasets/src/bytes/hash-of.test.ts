import { sha256 } from '@agoge/core';
import { expect, it } from 'vitest';
import { hashOf } from './hash-of';

it('is the SHA-256 of the parts in a row', async () => {
  expect(hashOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'); // FIPS 180-2, B.1
  expect(hashOf('a', Uint8Array.of(98, 99))).toBe(await sha256('abc'));
});
