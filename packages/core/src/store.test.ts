import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'fake-indexeddb/auto';
import { afterAll, describe, expect, it } from 'vitest';
import { indexedDbStore } from './browser';
import type { Store } from './contracts';
import { isUserError } from './errors';
import { fileStore } from './node';
import { memoryStore } from './store';

const scratch = mkdtempSync(join(tmpdir(), 'agoge-store-'));
afterAll(() => rmSync(scratch, { recursive: true }));

let made = 0;

const stores: [name: string, make: () => Store][] = [
  ['memoryStore', memoryStore],
  ['fileStore', () => fileStore(join(scratch, `${made++}`, 'made when needed'))],
  ['indexedDbStore', () => indexedDbStore({ name: `contract-${made++}` })],
];

describe.each(stores)('%s', (who, make) => {
  it('is empty at first', async () => {
    const store = make();
    expect(await store.get('absent')).toBeUndefined();
    expect(await store.get('absent/too')).toBeUndefined();
    expect(await store.list('')).toEqual([]);
  });

  it.each([0, 1, 300_000])('gives back %i bytes as they were put', async (length) => {
    const store = make();
    const bytes = Uint8Array.from({ length }, (_, i) => i * 31);
    await store.put('run/model', bytes);
    const got = await store.get('run/model');
    expect(got?.constructor).toBe(Uint8Array);
    expect(Buffer.from(got ?? []).equals(bytes)).toBe(true);
  });

  it('puts a part of a larger array, a Node Buffer, and a new value over an old one', async () => {
    const store = make();
    await store.put('a', Uint8Array.of(1, 2, 3, 4, 5));
    await store.put('a', Uint8Array.of(9, 8, 7, 6).subarray(1, 3));
    expect(await store.get('a')).toEqual(Uint8Array.of(8, 7));
    await store.put('b', Buffer.from('text'));
    expect(await store.get('b')).toEqual(Uint8Array.from(Buffer.from('text')));
  });

  it('shares no memory with the caller', async () => {
    const store = make();
    const bytes = Uint8Array.of(1, 2, 3);
    const putting = store.put('a', bytes);
    bytes[0] = 99;
    await putting;
    bytes[1] = 99;
    const got = await store.get('a');
    expect(got).toEqual(Uint8Array.of(1, 2, 3));
    got?.fill(0);
    expect(await store.get('a')).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('lists the names with a prefix, sorted by code unit', async () => {
    const store = make();
    const names = [
      'run/b',
      'run/a',
      'run-2/a',
      'run/sub/c',
      'Z',
      'é',
      'run/10',
      'run/9',
      'a b.c~',
      '__proto__',
      '.hidden',
    ];
    for (const name of names) await store.put(name, Uint8Array.of(1));
    expect(await store.list('')).toEqual([...names].sort());
    expect(await store.list('run')).toEqual(['run-2/a', 'run/10', 'run/9', 'run/a', 'run/b', 'run/sub/c']);
    expect(await store.list('run/')).toEqual(['run/10', 'run/9', 'run/a', 'run/b', 'run/sub/c']);
    expect(await store.list('run/s')).toEqual(['run/sub/c']);
    expect(await store.list('run/sub/c')).toEqual(['run/sub/c']);
    for (const none of ['run/sub/c/', '../', '/', 'no']) expect(await store.list(none)).toEqual([]);
  });

  it('removes a value once and again, and no folder with it', async () => {
    const store = make();
    await store.put('run/a', Uint8Array.of(1));
    await store.put('run/b', Uint8Array.of(2));
    await store.remove('run/a');
    await store.remove('run/a');
    await store.remove('never/was');
    await store.remove('run');
    expect(await store.get('run/a')).toBeUndefined();
    expect(await store.get('run')).toBeUndefined();
    expect(await store.list('')).toEqual(['run/b']);
  });

  it('leaves one whole value of many put at once', async () => {
    const store = make();
    const values = Array.from({ length: 12 }, (_, i) => new Uint8Array(50_000 + i).fill(i));
    await Promise.all(values.map((value) => store.put('contested', value)));
    const got = await store.get('contested');
    expect(values).toContainEqual(got);
    expect(await store.list('')).toEqual(['contested']);
  });

  it.each([
    '',
    '/etc/passwd',
    '/',
    '..',
    '../a',
    'a/../b',
    'a/..',
    '.',
    './a',
    'a/./b',
    'a//b',
    'a/',
    'a\0b',
    'a\\b',
    '..\\a',
    'C:/a',
    'c:a',
    '.unfinished-1',
    'a/.unfinished-1',
    '\ud800',
    7,
    undefined,
  ])('refuses the name %j', async (name) => {
    const store = make();
    const calls = {
      get: () => store.get(name as string),
      put: () => store.put(name as string, Uint8Array.of(1)),
      remove: () => store.remove(name as string),
    };
    for (const [call, run] of Object.entries(calls)) {
      const error = await run().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(TypeError);
      expect(isUserError(error)).toBe(true);
      const shown = typeof name === 'string' ? JSON.stringify(name) : String(name);
      expect((error as Error).message).toMatch(new RegExp(`^${who}\\.${call}: name must be a relative path`));
      expect((error as Error).message.endsWith(`, got ${shown}`)).toBe(true);
    }
    expect(await store.list('')).toEqual([]);
  });

  it('refuses values that are not bytes and prefixes that are not text', async () => {
    const store = make();
    await expect(store.put('a', new Float32Array(2) as unknown as Uint8Array)).rejects.toThrow(
      `${who}.put: bytes must be a Uint8Array, got a value of type Float32Array`,
    );
    await expect(store.list(undefined as unknown as string)).rejects.toThrow(
      `${who}.list: prefix must be a string, got undefined`,
    );
  });
});
