import { createHash } from 'node:crypto';
import { afterEach, expect, it, vi } from 'vitest';
import { digestOf } from './digest-of';

afterEach(() => vi.unstubAllGlobals());

const lengths = [0, 3, 2 ** 14 - 1, 2 ** 14, 100_000];
const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => i * i);
const digests = lengths.map((length) => createHash('sha256').update(bytesOf(length)).digest('hex'));

it('digestOf is SHA-256, short and long', async () => {
  expect(await Promise.all(lengths.map((length) => digestOf(bytesOf(length))))).toEqual(digests);
});

it('also in pages that are not on https', async () => {
  vi.stubGlobal('crypto', {});
  expect(await Promise.all(lengths.map((length) => digestOf(bytesOf(length))))).toEqual(digests);
});
