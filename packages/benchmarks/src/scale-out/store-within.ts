import type { Store } from '@agoge/core';

/** The values of a store whose names begin with a prefix, such as `state/`, by the rest of their names. */
export function within(store: Store, prefix: string): Store {
  return {
    get: (name) => store.get(`${prefix}${name}`),
    put: (name, bytes) => store.put(`${prefix}${name}`, bytes),
    list: async (start) => (await store.list(`${prefix}${start}`)).map((name) => name.slice(prefix.length)),
    remove: (name) => store.remove(`${prefix}${name}`),
  };
}

/** Removes all that a store holds. */
export async function clear(store: Store): Promise<void> {
  for (const name of await store.list('')) await store.remove(name);
}
