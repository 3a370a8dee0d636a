import { engine } from '@tensorflow/tfjs-core';

/**
 * Runs a synchronous body and tells of every call of a method of tfjs's engine, by its first argument: of `gradients`, which
 * all of tfjs's functions that differentiate end in, or of `keep`, which saves tensors from a tidy.
 */
export function watchEngine<T>(method: 'gradients' | 'keep', onCall: (argument: unknown) => void, body: () => T): T {
  const original = engine()[method] as (...given: unknown[]) => unknown;
  const value = (...given: unknown[]) => {
    onCall(given[0]);
    return original.apply(engine(), given);
  };
  Object.defineProperty(engine(), method, { value, configurable: true });
  try {
    return body();
  } finally {
    Reflect.deleteProperty(engine(), method);
  }
}
