import { sha256, words } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { sha256Sync } from './sha256-sync';

describe('sha256Sync', () => {
  it.each([
    // The examples of FIPS 180-2, appendix B, and of no bytes at all.
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ])('gives the published digest (vector %#)', (text, digest) => {
    expect(sha256Sync(new TextEncoder().encode(text))).toBe(digest);
  });

  it('agrees with the asynchronous one at every length around a block, in one part or three', async () => {
    const bytes = new Uint8Array(words({ seed: 1, stream: 'bytes' }, 64).buffer, 0, 256);
    for (let length = 50; length < 135; length++) {
      const some = bytes.subarray(1, 1 + length);
      const expected = await sha256(some);
      expect(sha256Sync(some)).toBe(expected);
      expect(sha256Sync(some.subarray(0, 7), some.subarray(7, 60), some.subarray(60))).toBe(expected);
    }
  });
});
