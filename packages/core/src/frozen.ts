import { backend } from '@tensorflow/tfjs-core';
import type { BackendHooks, BlackBox, Classifier } from './contracts';

/**
 * Runs an attack or an evaluation with the classifier's weights held constant, which a backend may use to run faster.
 *
 * On a backend that offers no `freeze` the body just runs. The weights thaw when the body ends, failed or not.
 *
 * @param classifier whose `weights()`, if it has them, do not change while the body runs
 * @param body what to run
 * @returns what the body returns
 */
export async function frozen<T>(classifier: Classifier | BlackBox, body: () => Promise<T>): Promise<T> {
  const weights = 'weights' in classifier ? classifier.weights?.() : undefined;
  const thaw = weights && (backend() as BackendHooks).freeze?.(weights);
  try {
    return await body();
  } finally {
    thaw?.();
  }
}
