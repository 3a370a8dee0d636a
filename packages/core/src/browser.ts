import type { Store } from './contracts';
import { FormatError, said, show } from './errors';
import { checkOptions, string } from './options';
import { checkName, checkPrefix, taken } from './store';

export interface IndexedDbStoreOptions {
  /** Of the database; default `agoge`. Two stores of one name and origin are one store. */
  name?: string;
}

const table = 'values';

/**
 * A {@link Store} in a browser's IndexedDB, for checkpoints that outlive the page.
 *
 * `put` returns when its transaction is complete (durability `strict`, where the browser has it). Workers and pages of one
 * origin share a store. Browsers may evict it when space is short, unless `navigator.storage.persist()` was granted.
 *
 * Throws an `Error` where there is no IndexedDB and where the browser refuses (a full disk, a private window), with the
 * name and the browser's reason as `cause`.
 *
 * @example
 * const store = indexedDbStore({ name: 'my-experiments' });
 * await store.put('run-1/epoch-3', bytes);
 */
export function indexedDbStore(options: IndexedDbStoreOptions = {}): Store {
  checkOptions('indexedDbStore', options, { name: string });
  const { name: database = 'agoge' } = options;
  if (globalThis.indexedDB === undefined) {
    throw said(new Error('indexedDbStore: IndexedDB is missing; in Node take fileStore of @agoge/core/node'));
  }
  let connection: Promise<IDBDatabase> | undefined;
  const forget = () => {
    connection = undefined;
  };

  function connect(): Promise<IDBDatabase> {
    connection ??= open(database, forget);
    connection.catch(forget);
    return connection;
  }

  async function about<T>(
    action: string,
    name: string,
    mode: IDBTransactionMode,
    request: (values: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T> {
    try {
      return await transact(await connect(), mode, request);
    } catch (error) {
      const reason = (error as Error | null)?.message ?? 'the browser gave no reason';
      const where = `the database ${show(database)}`;
      throw said(new Error(`indexedDbStore: cannot ${action} ${show(name)} in ${where}: ${reason}`, { cause: error }));
    }
  }

  return {
    async get(name) {
      checkName('indexedDbStore.get', name);
      const value: unknown = await about('get', name, 'readonly', (values) => values.get(name));
      if (value === undefined || value instanceof Uint8Array) return value;
      throw new FormatError('indexedDbStore', `${show(name)} must hold a Uint8Array, got ${show(value)}`);
    },
    async put(name, bytes) {
      const value = taken('indexedDbStore.put', name, bytes);
      await about('put', name, 'readwrite', (values) => values.put(value, name));
    },
    async list(prefix) {
      checkPrefix('indexedDbStore.list', prefix);
      const keys = await about('list', prefix, 'readonly', (values) =>
        values.getAllKeys(IDBKeyRange.lowerBound(prefix)),
      );
      return keys.map(String).filter((name) => name.startsWith(prefix));
    },
    async remove(name) {
      checkName('indexedDbStore.remove', name);
      await about('remove', name, 'readwrite', (values) => values.delete(name));
    },
  };
}

/** Opens the database; `closed` is called when it is of no more use (another page deletes it, the browser closes it). */
function open(name: string, closed: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(table);
    };
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const connection = request.result;
      connection.onclose = closed;
      connection.onversionchange = () => {
        connection.close();
        closed();
      };
      resolve(connection);
    };
  });
}

/** One request in a transaction of its own: settles when the transaction has. */
function transact<T>(
  connection: IDBDatabase,
  mode: IDBTransactionMode,
  make: (values: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const transaction = connection.transaction(table, mode, { durability: 'strict' });
    const request = make(transaction.objectStore(table));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? request.error);
  });
}
