import { BackendError, checkOptions, checkValue, oneOf, type Rule, required } from '@agoge/core';
import { env, getBackend, setBackend } from '@tensorflow/tfjs-core';
import { repairBackend } from './repair-backend';

/** Every backend of the house; {@link useBackend} says which of them this version starts. */
export type BackendName = 'auto' | 'cpu' | 'wasm' | 'webgl' | 'webgpu' | 'tensorflow' | 'onnx';

export interface UseBackendOptions {
  /**
   * Where the three binaries of `@tensorflow/tfjs-backend-wasm` lie: the path or URL of their folder, with its last slash, or
   * a map from their names. Node finds them by itself; a bundle does not.
   */
  wasmPaths?: string | Record<string, string>;
}

export interface BackendChoice {
  /** The backend that runs. */
  name: 'cpu' | 'wasm';
  /** Which, in what form, and why, in one line. */
  why: string;
}

/** Starts a backend and describes the form in which it runs, such as `wasm (SIMD, 1 thread)`. */
type Start = (options: UseBackendOptions) => Promise<string>;

/** The fastest first: the order in which `auto` tries them. */
const starts: Record<BackendChoice['name'], Start> = {
  async wasm({ wasmPaths }) {
    const { getThreadsCount, setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    if (wasmPaths !== undefined) setWasmPaths(wasmPaths);
    await activate('wasm');
    const simd = (await env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? 'SIMD' : 'no SIMD';
    const threads = getThreadsCount();
    return `wasm (${simd}, ${threads} thread${threads === 1 ? '' : 's'})`;
  },
  async cpu() {
    await import('@tensorflow/tfjs-backend-cpu');
    await activate('cpu');
    return 'cpu (plain JavaScript)';
  },
};
const supported = Object.keys(starts) as BackendChoice['name'][];
const names: readonly BackendName[] = ['auto', ...supported, 'webgl', 'webgpu', 'tensorflow', 'onnx'];

const paths: Rule = {
  expected: 'a string or an object of strings',
  test: (value) =>
    typeof value === 'string' ||
    (typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string'))
      ? 'ok'
      : 'kind',
};

/**
 * Starts a TensorFlow.js backend, makes it the current one and repairs it ({@link repairBackend}).
 *
 * One that is asked for by name starts or the call fails; none is taken in its stead, and the backend that was current stays so.
 * `auto` takes the fastest that starts: wasm, else cpu. The packages of the backends are loaded when they are asked for.
 *
 * @param name the backend; `auto` by default
 * @returns the backend that runs and, in one line, why
 * @throws RangeError for a name that is not known, BackendError for a backend that this version does not support or that does
 * not start
 * @example
 * const { name, why } = await useBackend('auto');
 * console.log(why); // wasm (SIMD, 1 thread): the fastest that started
 */
export async function useBackend(name: BackendName = 'auto', options: UseBackendOptions = {}): Promise<BackendChoice> {
  checkValue('useBackend', 'name', name, required(oneOf(...names)));
  checkOptions('useBackend', options, { wasmPaths: paths });
  if (name === 'auto') return fastest(options);
  const chosen = supported.find((each) => each === name);
  if (chosen === undefined) {
    throw new BackendError(
      'useBackend',
      `${name} is not supported by this version (supported: ${supported.join(', ')})`,
    );
  }
  const form = await start(chosen, options);
  if (form instanceof Error) throw new BackendError('useBackend', form.message, { cause: form.cause });
  return { name: chosen, why: `${form}: asked for` };
}

async function fastest(options: UseBackendOptions): Promise<BackendChoice> {
  const failures: string[] = [];
  for (const name of supported) {
    const form = await start(name, options);
    if (form instanceof Error) failures.push(form.message);
    else return { name, why: [`${form}: the fastest that started`, ...failures].join('; ') };
  }
  throw new BackendError('useBackend', `no backend started: ${failures.join('; ')}`);
}

/** Starts and repairs a backend, or puts the one before back and returns what went wrong. */
async function start(name: BackendChoice['name'], options: UseBackendOptions): Promise<string | Error> {
  const before: string | undefined = getBackend();
  try {
    const form = await starts[name](options);
    repairBackend();
    return form;
  } catch (cause) {
    if (before && before !== getBackend()) await setBackend(before);
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    return new Error(`${name} did not start: ${reason}`, { cause });
  }
}

async function activate(name: string): Promise<void> {
  // tfjs reports the cause by a warning on the console and returns false.
  if (await setBackend(name)) return;
  const hint = name === 'wasm' ? ' (in a bundle, give wasmPaths)' : '';
  throw new Error(`TensorFlow.js could not initialise it and has warned why${hint}`);
}
