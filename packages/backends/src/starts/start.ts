import { setBackend } from '@tensorflow/tfjs-core';
import type { UseBackendOptions } from '../use-backend-options';

/** A backend that runs. */
export interface Started {
  /** In what form it runs: `wasm (SIMD, 1 thread)`. */
  readonly form: string;
  /** Frees what would keep the program alive. */
  close?(): Promise<void>;
}

/**
 * Loads a backend's packages, starts it and makes it current; again, where it already runs. Throws what is in the way, in words.
 * Asked for by `auto`, a GPU's backend starts on a GPU only, not on a program that stands in for one.
 */
export type Start = (options: UseBackendOptions, asked: 'by name' | 'automatically') => Promise<Started>;

/**
 * A backend that is not to be had here: its optional package is not installed, or it runs elsewhere. `auto` passes over it
 * without a word, as it does not over one that fails.
 */
export class Unavailable extends Error {}

/** Makes a registered backend current. */
export async function activate(name: string, hint = ''): Promise<void> {
  // tfjs reports the cause by a warning on the console and returns false.
  if (await setBackend(name)) return;
  throw new Error(`TensorFlow.js could not initialise it and has warned why${hint}`);
}
