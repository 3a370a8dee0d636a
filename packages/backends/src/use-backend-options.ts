import { boolean, type Rule, type Rules } from '@agoge/core';

export interface UseBackendOptions {
  /** Whether the backend's kernels are repaired; true by default. `false` starts it as TensorFlow.js ships it, faults included. */
  repair?: boolean;
  /**
   * Where the three binaries of `@tensorflow/tfjs-backend-wasm` lie: the path or URL of their folder, with its last slash, or
   * a map from their names. Node finds them by itself; a bundle does not.
   */
  wasmPaths?: string | Record<string, string>;
}

const paths: Rule = {
  expected: 'a string or an object of strings',
  test: (value) =>
    typeof value === 'string' ||
    (typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string'))
      ? 'ok'
      : 'kind',
};

export const useBackendRules: Rules = { repair: boolean, wasmPaths: paths };
