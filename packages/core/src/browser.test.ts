import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { indexedDbStore } from './browser';
import { isUserError } from './errors';

afterEach(() => vi.unstubAllGlobals());

describe('indexedDbStore', () => {
  it('is one store for one name, another for another', async () => {
    await indexedDbStore().put('a', Uint8Array.of(1));
    expect(await indexedDbStore({ name: 'agoge' }).get('a')).toEqual(Uint8Array.of(1));
    expect(await indexedDbStore({ name: 'other' }).get('a')).toBeUndefined();
  });

  it('opens again after its database was deleted', async () => {
    const store = indexedDbStore({ name: 'deleted' });
    await store.put('a', Uint8Array.of(1));
    await new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase('deleted');
      request.onsuccess = resolve;
      request.onerror = reject;
    });
    expect(await store.get('a')).toBeUndefined();
    await store.put('a', Uint8Array.of(2));
    expect(await store.get('a')).toEqual(Uint8Array.of(2));
  });

  it('says whose database it cannot use', async () => {
    await new Promise((resolve, reject) => {
      const request = indexedDB.open('foreign', 1);
      request.onupgradeneeded = () => request.result.createObjectStore('something else');
      request.onsuccess = () => resolve(request.result.close());
      request.onerror = reject;
    });
    const error = await indexedDbStore({ name: 'foreign' })
      .get('a')
      .catch((reason: unknown) => reason);
    expect(isUserError(error)).toBe(true);
    expect((error as Error).message).toMatch(/^indexedDbStore: cannot get "a" in the database "foreign": /);
    expect((error as Error).cause).toMatchObject({ name: 'NotFoundError' });
  });

  it('refuses a value that some other program put there', async () => {
    const store = indexedDbStore({ name: 'shared' });
    await store.put('a', Uint8Array.of(1));
    await new Promise((resolve, reject) => {
      const request = indexedDB.open('shared', 1);
      request.onsuccess = () => {
        const transaction = request.result.transaction('values', 'readwrite');
        transaction.objectStore('values').put('text', 'a');
        transaction.oncomplete = () => resolve(request.result.close());
      };
      request.onerror = reject;
    });
    await expect(store.get('a')).rejects.toThrow('indexedDbStore: "a" must hold a Uint8Array, got "text"');
  });

  it('passes on that the browser refuses, and tries again at the next call', async () => {
    const real = globalThis.indexedDB;
    const store = indexedDbStore({ name: 'refused' });
    vi.stubGlobal('indexedDB', {
      open() {
        throw new DOMException('no room', 'QuotaExceededError');
      },
    });
    await expect(store.put('a', Uint8Array.of(1))).rejects.toThrow(
      'indexedDbStore: cannot put "a" in the database "refused": no room',
    );
    vi.stubGlobal('indexedDB', real);
    await store.put('a', Uint8Array.of(1));
    expect(await store.list('')).toEqual(['a']);
  });

  it('refuses unknown options, and an environment without IndexedDB', () => {
    expect(() => indexedDbStore({ nam: 'a' } as object)).toThrow(
      'indexedDbStore: unknown option "nam"; did you mean "name"?',
    );
    vi.stubGlobal('indexedDB', undefined);
    expect(() => indexedDbStore()).toThrow('indexedDbStore: IndexedDB is missing');
  });
});
