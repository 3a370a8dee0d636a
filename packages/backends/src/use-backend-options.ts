import { arrayOf, boolean, checkOptions, integer, object, type Rule, type Rules, string } from '@agoge/core';

/** How the onnx backend runs, as `configureOnnx` of `@agoge/backend-onnx` takes it; what is left out stays as it is. */
export interface OnnxSettings {
  /** Threads of one operator; 0, the default, is as many as the process has physical cores. */
  threads?: number;
  /** ONNX Runtime's execution providers, the first that can runs an operator; `['cpu']` by default. */
  providers?: readonly string[];
  /** How many compiled graphs are kept; 64 by default. */
  cacheSize?: number;
  /** How many bytes they take about; a quarter of what the process may have by default. */
  cacheBytes?: number;
  /** A folder to which each compiled model is written; none by default. */
  dump?: string;
}

export interface UseBackendOptions {
  /** Whether the backend's kernels are repaired; true by default. `false` starts it as TensorFlow.js ships it, faults included. */
  repair?: boolean;
  /**
   * Where the three binaries of `@tensorflow/tfjs-backend-wasm` lie: the path or URL of their folder, with its last slash, or
   * a map from their names. Node finds them by itself; a bundle does not.
   */
  wasmPaths?: string | Record<string, string>;
  /** For the onnx backend; `auto` heeds them where onnx is what it takes. */
  onnx?: OnnxSettings;
}

const paths: Rule = {
  expected: 'a string or an object of strings',
  test: (value) =>
    typeof value === 'string' ||
    (typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string'))
      ? 'ok'
      : 'kind',
};

const useBackendRules: Rules = { repair: boolean, wasmPaths: paths, onnx: object };
const onnxRules: Rules = {
  threads: integer({ min: 0 }),
  providers: arrayOf(string),
  cacheSize: integer({ min: 1 }),
  cacheBytes: integer({ min: 1 }),
  dump: string,
};

export function checkUseBackendOptions(options: UseBackendOptions): void {
  checkOptions('useBackend', options, useBackendRules);
  checkOptions('useBackend: onnx', options.onnx ?? {}, onnxRules);
}
