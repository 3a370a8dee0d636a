import { FormatError } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { fuzz, mutated } from './mutations.fixture';

const files = [Buffer.from(Array.from({ length: 300 }, (_, i) => i)), new TextEncoder().encode("{'shape': (12, 34)}")];
const copies = files.map((file) => [...file]);

describe('mutations', () => {
  it('are the same for the same seed, others for others, and leave the files as they are', () => {
    const all = Array.from({ length: 200 }, (_, seed) => mutated(files, seed).join());
    expect(Array.from({ length: 200 }, (_, seed) => mutated(files, seed).join())).toEqual(all);
    expect(new Set(all).size).toBeGreaterThan(180);
    expect(files.map((file) => [...file])).toEqual(copies);
  });

  it('of nothing are something or nothing', () => {
    const lengths = Array.from({ length: 500 }, (_, seed) => mutated([new Uint8Array()], seed).length);
    expect(Math.max(...lengths)).toBeLessThan(100);
  });
});

describe('fuzz', () => {
  it('counts what was read and what was refused, messages without their numbers', async () => {
    const read = (bytes: Uint8Array) => {
      if (bytes.length < 300) throw new FormatError('file "x"', `has ${bytes.length} bytes`);
    };
    const { read: whole, refused, messages } = await fuzz(read, files, 100);
    expect(whole + refused).toBe(100);
    expect([...messages]).toEqual([['file "": has 0 bytes', refused]]);
  });

  it('fails with the mutation for an error that is no answer, and for memory', async () => {
    const broken = async (bytes: Uint8Array) => {
      if (bytes.length > 300) throw new TypeError('Cannot read properties of undefined');
    };
    await expect(fuzz(broken, files, 100)).rejects.toThrow(/^mutation \d+: TypeError: Cannot read properties/);
    const kept: Uint8Array[] = [];
    const hungry = (bytes: Uint8Array) => kept.push(new Uint8Array(4 * bytes.length + 2 ** 20));
    await expect(fuzz(hungry, files, 10, 2 ** 19)).rejects.toThrow(/^mutation 0: \d+ bytes took \d+ bytes of memory$/);
  });
});
