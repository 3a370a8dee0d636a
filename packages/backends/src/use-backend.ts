import { BackendError, checkValue, ensureGradients, oneOf, required, said } from '@agoge/core';
import { getBackend, setBackend } from '@tensorflow/tfjs-core';
import { onnx, tensorflow } from '#only-in-node';
import { repairBackend } from './repair-backend';
import { cpu } from './starts/cpu';
import { type Start, type Started, Unavailable } from './starts/start';
import { wasm } from './starts/wasm';
import { webgl } from './starts/webgl';
import { webgpu } from './starts/webgpu';
import { checkUseBackendOptions, type UseBackendOptions } from './use-backend-options';

/** Every backend of the house, and `auto` for the fastest that starts. */
export type BackendName = 'auto' | 'onnx' | 'tensorflow' | 'webgpu' | 'webgl' | 'wasm' | 'cpu';

export interface BackendChoice {
  /** The backend that runs. */
  name: Exclude<BackendName, 'auto'>;
  /** Which, in what form, and why, in one line. */
  why: string;
  /** Frees what would keep the program alive, where there is such; the backend is of no use afterwards. */
  close?(): Promise<void>;
}

/** The fastest first: the order in which `auto` tries them. */
const starts: Record<BackendChoice['name'], Start> = { onnx, tensorflow, webgpu, webgl, wasm, cpu };
const backends = Object.keys(starts) as BackendChoice['name'][];

/**
 * Starts a TensorFlow.js backend, makes it the current one and repairs it ({@link repairBackend}).
 *
 * One that is asked for by name starts or the call fails; none is taken in its stead, and the backend that was current stays so.
 * `auto` takes the fastest that starts, in the order onnx, tensorflow, webgpu, webgl, wasm, cpu: it says of those before it that
 * failed why they did, and passes over those that are not installed or run elsewhere. The packages of the backends are
 * loaded when they are asked for; and tfjs-layers, where it is installed, since it brings the gradients that are repaired.
 *
 * @param name the backend; `auto` by default
 * @returns the backend that runs and, in one line, why; `close`, where it would keep the program alive
 * @throws RangeError for a name that is not known, TypeError for unknown options or those of another backend, BackendError for a backend that does not
 * start, with what is in the way
 * @example
 * const { name, why } = await useBackend('auto');
 * console.log(why); // onnx (ONNX Runtime 1.30.0, 2 threads): the fastest that started
 */
export async function useBackend(name: BackendName = 'auto', options: UseBackendOptions = {}): Promise<BackendChoice> {
  checkValue('useBackend', 'name', name, required(oneOf('auto', ...backends)));
  checkUseBackendOptions(options);
  if (options.onnx && name !== 'auto' && name !== 'onnx') {
    throw said(new TypeError(`useBackend: onnx holds settings of the onnx backend, got them for ${name}`));
  }
  if (name === 'auto') return fastest(options);
  const started = await start(name, options, 'by name');
  if (started instanceof Error) throw new BackendError('useBackend', started.message, { cause: started.cause });
  return choice(name, started, 'asked for');
}

async function fastest(options: UseBackendOptions): Promise<BackendChoice> {
  const failures: Error[] = [];
  for (const name of backends) {
    const started = await start(name, options, 'automatically');
    if (!(started instanceof Error)) {
      const failed = failures.filter(({ cause }) => !(cause instanceof Unavailable)).map(({ message }) => message);
      return choice(name, started, ['the fastest that started', ...failed].join('; '));
    }
    failures.push(started);
  }
  throw new BackendError('useBackend', `no backend started: ${failures.map(({ message }) => message).join('; ')}`);
}

function choice(name: BackendChoice['name'], { form, close }: Started, reason: string): BackendChoice {
  return { name, why: `${form}: ${reason}`, ...(close && { close }) };
}

/** Starts and repairs a backend, or puts the one before back and returns what went wrong. */
async function start(name: BackendChoice['name'], ...how: Parameters<Start>): Promise<Started | Error> {
  const before: string | undefined = getBackend();
  try {
    const started = await starts[name](...how);
    if (how[0].repair !== false) await repair();
    return started;
  } catch (cause) {
    if (before && before !== getBackend()) await setBackend(before);
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    return new Error(`${name} did not start: ${reason}`, { cause });
  }
}

async function repair(): Promise<void> {
  // Gradients that come later would take the place of repaired ones; without tfjs-layers there are none.
  await ensureGradients().catch(() => undefined);
  repairBackend();
}
