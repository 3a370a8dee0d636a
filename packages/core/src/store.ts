import type { Store } from './contracts';
import { refusal, said } from './errors';
import { checkValue, required, string } from './options';

/** How the name of a value begins, in its folder, until it is whole. */
export const unfinished = '.unfinished-';

/**
 * Checks the name of a stored value, which is a relative path with `/` between its parts.
 *
 * Refused with a `TypeError`: no string, or empty; a part that is empty, `.` or `..` (so `/a`, `a/`, `a//b`); NUL, a
 * backslash or half a surrogate pair anywhere; a drive (`C:`) in front; a part that begins as unfinished values do. So no
 * name leaves its folder, and no two names are one file (but on a file system that ignores case).
 */
export function checkName(who: string, name: string): void {
  if (!isName(name)) {
    throw said(
      new TypeError(refusal(who, 'name', 'a relative path of parts between "/", none of them "." or ".."', name)),
    );
  }
}

/** Whether {@link checkName} takes a name. */
export function isName(name: string): boolean {
  return (
    typeof name === 'string' &&
    !/[\0\\\p{Surrogate}]|^[A-Za-z]:/u.test(name) &&
    name.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !part.startsWith(unfinished))
  );
}

/** Checks the prefix of a `list`, which may be any text: only names that begin with it are listed. */
export function checkPrefix(who: string, prefix: string): void {
  checkValue(who, 'prefix', prefix, required(string));
}

/** Checks the value of a `put` and takes a copy at once: what the caller does with its array later is its own matter. */
export function taken(who: string, name: string, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  checkName(who, name);
  if (!(bytes instanceof Uint8Array)) throw said(new TypeError(refusal(who, 'bytes', 'a Uint8Array', bytes)));
  return new Uint8Array(bytes);
}

/**
 * A {@link Store} that lives as long as the program: for tests, and where nothing need be kept.
 *
 * `get` returns a copy. Names are those of every store ({@link checkName}); `list` sorts by code unit.
 *
 * @example
 * const store = memoryStore();
 * await store.put('run/model', new Uint8Array([1, 2]));
 * await store.list('run/'); // ['run/model']
 */
export function memoryStore(): Store {
  const values = new Map<string, Uint8Array>();
  return {
    async get(name) {
      checkName('memoryStore.get', name);
      const value = values.get(name);
      return value && new Uint8Array(value);
    },
    async put(name, bytes) {
      values.set(name, taken('memoryStore.put', name, bytes));
    },
    async list(prefix) {
      checkPrefix('memoryStore.list', prefix);
      return [...values.keys()].filter((name) => name.startsWith(prefix)).sort();
    },
    async remove(name) {
      checkName('memoryStore.remove', name);
      values.delete(name);
    },
  };
}
