import { type BackendHooks, checkOptions, fn, runRules, step } from '@agoge/core';
import {
  addN,
  backend,
  dispose,
  engine,
  getBackend,
  getKernel,
  type NamedAttrMap,
  reshape,
  slice,
  type Tensor,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { values } from './float64/values';
import { type Workload, type WorkloadCall, workloads } from './workloads';

/** How fast one kernel is at one size. */
export interface KernelSpeed {
  readonly kernel: string;
  /** The size: `3x3, 64 to 64 channels, 32x32, batch 16`. */
  readonly what: string;
  /** Milliseconds of a call, the median of the rounds; `null` where it was not measured. */
  readonly ms: number | null;
  readonly rate: number | null;
  /** `GFLOPS` counts two operations for a product and its sum; `GB/s` each input as read once, the result as written once. */
  readonly unit: 'GFLOPS' | 'GB/s';
  /** Why it was not measured: `missing`, or what the kernel threw. */
  readonly skipped?: string;
}

export interface MeasureKernelsOptions {
  /** Told of each kernel when it is measured. */
  onKernel?(speed: KernelSpeed): void;
  /** Ends the measuring before the next round, which then throws the signal's reason. */
  signal?: AbortSignal;
}

const fullBatch = 16;
/** Milliseconds: how long a call of the full batch may take, a round should, the rounds of a kernel may. */
const [longestCall, roundTime, kernelTime] = [250, 60, 300];
/** Milliseconds that no compiler needs: a call that takes longer is not repeated. */
const slowCall = 1000;
const mostRounds = 5;
const mostCalls = 50;

/**
 * Measures the kernels that training and attacks spend their time in, on the current backend.
 *
 * Each is run until it is warm, then in up to five rounds of about 60 ms, of which the median counts; a round ends when a
 * number that depends on each of its results has been read. Batches are of 16, or of 1 where a call would take longer than
 * 0.25 s. In all it takes about 15 seconds where the backend is slow.
 *
 * @returns one entry per kernel and size; the numbers are those of this machine under its present load
 * @throws TypeError for an unknown option
 * @example
 * for (const { kernel, what, rate, unit } of await measureKernels()) console.log(kernel, what, rate, unit);
 */
export async function measureKernels(options: MeasureKernelsOptions = {}): Promise<KernelSpeed[]> {
  checkOptions('measureKernels', options, { onKernel: fn, signal: runRules.signal });
  return measure(workloads, options);
}

/** {@link measureKernels} of other workloads than its own. */
export async function measure(
  list: readonly Workload[],
  { onKernel, signal }: MeasureKernelsOptions = {},
): Promise<KernelSpeed[]> {
  const speeds: KernelSpeed[] = [];
  for (const workload of list) {
    await step({ signal });
    const speed = await speedOf(workload, signal);
    speeds.push(speed);
    onKernel?.(speed);
  }
  return speeds;
}

async function speedOf({ kernel, what, unit, call }: Workload, signal: AbortSignal | undefined): Promise<KernelSpeed> {
  const unmeasured = { kernel, what, ms: null, rate: null, unit };
  if (!getKernel(kernel, getBackend())) return { ...unmeasured, skipped: 'missing' };
  try {
    const one = await withInputs(kernel, call(1), async (run) => {
      const once = await warm(run);
      return once * fullBatch > longestCall ? { batch: 1, ms: await medianOf(run, once, signal) } : undefined;
    });
    const full = async (run: () => Tensor) => ({ batch: fullBatch, ms: await medianOf(run, await warm(run), signal) });
    const { batch, ms } = one ?? (await withInputs(kernel, call(fullBatch), full));
    return { kernel, what: `${what}, batch ${batch}`, ms, rate: call(batch).work / ms / 1e6, unit };
  } catch (error) {
    signal?.throwIfAborted();
    return { ...unmeasured, skipped: error instanceof Error ? error.message.split('\n')[0] : String(error) };
  }
}

async function withInputs<T>(
  kernel: string,
  { inputs, attributes }: WorkloadCall,
  body: (run: () => Tensor) => Promise<T>,
): Promise<T> {
  const tensors = Object.entries(inputs).map(([name, shape], i) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return [name, tensor(values(size, i + 1), [...shape])] as const;
  });
  const given = Object.fromEntries(tensors);
  try {
    return await body(() => engine().runKernel<Tensor>(kernel, given, attributes as NamedAttrMap));
  } finally {
    dispose(given);
  }
}

/** Of the rounds; `once` is how long a call takes. */
async function medianOf(run: () => Tensor, once: number, signal: AbortSignal | undefined): Promise<number> {
  if (once > slowCall) return once;
  const calls = Math.min(mostCalls, Math.ceil(roundTime / once));
  const times: number[] = [];
  const start = performance.now();
  while (times.length < mostRounds && performance.now() - start < kernelTime) {
    await step({ signal });
    times.push(await timeOf(run, calls));
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}

/** Milliseconds of the second call: compilers are at work in the first. */
async function warm(run: () => Tensor): Promise<number> {
  const first = await timeOf(run, 1);
  return first > slowCall ? first : timeOf(run, 1);
}

/**
 * Milliseconds per call. One number of each result goes into a sum, which is read: no backend can leave a call out. One that
 * records runs each call by itself, since in a graph of equal calls all but the first would go.
 */
async function timeOf(run: () => Tensor, calls: number): Promise<number> {
  const hooks = backend() as BackendHooks;
  const start = performance.now();
  const numbers: Tensor[] = [];
  for (let i = 0; i < calls; i++) {
    numbers.push(tidy(() => firstOf(run())));
    await hooks.flush?.();
  }
  const sum = addN(numbers);
  await sum.data();
  const time = performance.now() - start;
  dispose([sum, ...numbers]);
  return time / calls;
}

const firstOf = (result: Tensor) => {
  const begin = result.shape.map(() => 0);
  const size = result.shape.map(() => 1);
  return reshape(slice(result, begin, size), []);
};
