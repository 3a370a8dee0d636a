import { backend, type GradFunc, getBackend, getGradient, getKernel, type KernelFunc } from '@tensorflow/tfjs-core';
import type { BackendHooks } from './contracts';
import { BackendError } from './errors';
import { hasFault, type StockFault } from './stock-fault';
import { stockFaults } from './stock-faults';
import { watchGradients } from './watch-gradients';
import { type KernelCall, watchKernels } from './watch-kernels';

/** What a computation gave, and the check of the kernels that it ran. */
export interface Probed<T> {
  result: T;
  /**
   * Runs, for each fault that the computation can have met, a program of a few numbers on the current backend, once for each
   * kernel; calls nothing where all is known to be right. Call it before the result is used.
   *
   * @throws BackendError naming the faults that the backend has, and the repair
   */
  check(): Promise<void>;
}

/** Of the function of each kernel or gradient, which a repair replaces, and each fault's name: whether it has that fault. */
type Verdicts = WeakMap<KernelFunc | GradFunc, Map<string, boolean | Promise<boolean>>>;

// On the backend itself, through `Symbol.for`, so that two copies of this package share it.
const key = Symbol.for('@agoge/core/verdicts');

function verdictsOnBackend(): Verdicts {
  const on = backend() as { [key]?: Verdicts };
  on[key] ??= new WeakMap();
  return on[key];
}

const ofGradients = stockFaults.filter((each) => each.of === 'gradient');
const ofKernels = stockFaults.filter((each) => each.of !== 'gradient');
const namesOf = (faults: readonly StockFault[]) => [...new Set(faults.map(({ kernel }) => kernel))];
const [kernels, gradients] = [namesOf(ofKernels), namesOf(ofGradients)];

/** What a repair of the fault replaces; undefined where the backend has no such kernel, or tfjs no gradients. */
const functionOf = ({ kernel, of }: StockFault, on: string): KernelFunc | GradFunc | undefined =>
  of === 'gradient' ? getGradient(kernel)?.gradFunc : getKernel(kernel, on)?.kernelFunc;
const nameOf = ({ kernel, fault }: StockFault) => `${kernel}/${fault}`;
const advice = 'call repairBackend() of @agoge/backends or, where it has no repair for that, use another backend';

/**
 * Runs a synchronous computation with a model and notes which silent faults of TensorFlow.js 4.22 it can have met, for the
 * check that comes with the result. Nothing is run or read back for that; what is known to be right is passed over.
 *
 * @param who the function called, for the message
 * @throws BackendError where the backend lacks a kernel, naming it; what the computation throws
 * @example
 * const { result, check } = probed('saliency', () => grad((x) => sum(f(x)))(images));
 * await check();
 */
export function probed<T>(who: string, body: () => T): Probed<T> {
  const verdicts = verdictsOnBackend();
  const on = getBackend();
  const isOpen = (each: StockFault) => {
    const func = functionOf(each, on);
    return func !== undefined && verdicts.get(func)?.get(nameOf(each)) !== false;
  };
  const met = new Set<StockFault>();
  const noting = (faults: readonly StockFault[]) => {
    const open = faults.filter(isOpen);
    const earlier: KernelCall[] = [];
    return (call: KernelCall) => {
      for (const each of open) if (each.kernel === call.kernel && each.concerns(call, earlier)) met.add(each);
      earlier.push(call);
    };
  };
  try {
    const result = stockFaults.some(isOpen)
      ? watchKernels(noting(ofKernels), () => watchGradients(noting(ofGradients), body, gradients), kernels)
      : body();
    return { result, check: () => check([...met], on, verdicts) };
  } catch (error) {
    throw namingMissingKernel(who, error);
  }
}

async function check(met: readonly StockFault[], on: string, verdicts: Verdicts): Promise<void> {
  if (met.length === 0) return;
  await (backend() as BackendHooks).flush?.();
  const answers = await Promise.all(met.map((each) => verdictOn(each, on, verdicts)));
  const found = met.filter((_, i) => answers[i]);
  if (found.length === 0) return;
  const list = found.map(({ kernel, of, says, fault }) => `${of ? `the ${of} of ` : ''}${kernel} ${says} (${fault})`);
  throw new BackendError('probe', `on the ${on} backend ${list.join(', and ')}; this model rests on it: ${advice}`);
}

function verdictOn(fault: StockFault, on: string, verdicts: Verdicts): boolean | Promise<boolean> {
  const func = functionOf(fault, on) as KernelFunc | GradFunc;
  const known = verdicts.get(func) ?? new Map<string, boolean | Promise<boolean>>();
  verdicts.set(func, known);
  const name = nameOf(fault);
  const before = known.get(name);
  if (before !== undefined) return before;
  const verdict = hasFault(fault).then((answer) => {
    known.set(name, answer);
    return answer;
  });
  known.set(name, verdict);
  return verdict;
}

/** tfjs's error for a kernel that a backend lacks, with what to do. */
function namingMissingKernel(who: string, error: unknown): unknown {
  const found = error instanceof Error && /^Kernel '(\w+)' not registered for backend '([^']+)'$/.exec(error.message);
  if (!found) return error;
  const [, kernel, on] = found;
  const what = `the ${on} backend has no kernel ${kernel}, which this model needs: ${advice}`;
  return new BackendError(who, what, { cause: error });
}
