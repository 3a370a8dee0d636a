import { backend, getBackend, getKernel, type KernelFunc } from '@tensorflow/tfjs-core';
import type { BackendHooks } from './contracts';
import { BackendError } from './errors';
import { hasFault, type StockFault } from './stock-fault';
import { stockFaults } from './stock-faults';
import { type KernelCall, watchKernels } from './watch-kernels';

/** What is known of a backend's kernels. */
interface Knowledge {
  /** By name: faults that computations may have met, not looked into yet. */
  readonly noted: Map<string, StockFault>;
  /** Of each kernel's function, which a repair replaces, and each fault's name: whether it has that fault. */
  readonly verdicts: WeakMap<KernelFunc, Map<string, boolean | Promise<boolean>>>;
}

// On the backend itself, through `Symbol.for`, so that two copies of this package share it.
const key = Symbol.for('@agoge/core/probe');

function knowledge(): Knowledge {
  const on = backend() as { [key]?: Knowledge };
  on[key] ??= { noted: new Map(), verdicts: new WeakMap() };
  return on[key];
}

const watched = [...new Set(stockFaults.map(({ kernel }) => kernel))];
const nameOf = ({ kernel, fault }: StockFault) => `${kernel}/${fault}`;
const advice = 'call repairBackend() of @agoge/backends or, where it has no repair for that, use another backend';

/**
 * Runs a synchronous computation with a model and notes which silent faults of TensorFlow.js 4.22 it can have met, for
 * {@link probe} to look into. Nothing is run or read back for that; what is known to be right is passed over.
 *
 * @param who the function called, for the message
 * @throws BackendError where the backend lacks a kernel, naming it; what the computation throws
 */
export function probed<T>(who: string, body: () => T): T {
  const { noted, verdicts } = knowledge();
  const on = getBackend();
  const open = stockFaults.filter((each) => {
    const kernel = getKernel(each.kernel, on);
    return kernel && verdicts.get(kernel.kernelFunc)?.get(nameOf(each)) !== false;
  });
  const earlier: KernelCall[] = [];
  const met = new Set<StockFault>();
  const note = (call: KernelCall) => {
    for (const each of open) if (each.kernel === call.kernel && each.concerns(call, earlier)) met.add(each);
    earlier.push(call);
  };
  try {
    const result = open.length > 0 ? watchKernels(note, body, watched) : body();
    for (const each of met) noted.set(nameOf(each), each);
    return result;
  } catch (error) {
    throw namingMissingKernel(who, error);
  }
}

/**
 * Looks into the faults that {@link probed} computations noted: runs, for each, its program of a few numbers on the current
 * backend, once for each kernel. {@link step} does so; who does not step calls it right after the computation, before any
 * other await.
 *
 * @throws BackendError naming the faults that the backend has, and the repair
 */
export async function probe(): Promise<void> {
  const { noted, verdicts } = knowledge();
  if (noted.size === 0) return;
  const faults = [...noted.values()];
  noted.clear();
  const on = getBackend();
  await (backend() as BackendHooks).flush?.();
  const answers = await Promise.all(faults.map((each) => verdictOn(each, on, verdicts)));
  const found = faults.filter((_, i) => answers[i]);
  if (found.length === 0) return;
  const list = found.map(({ kernel, says, fault }) => `${kernel} ${says} (${fault})`).join(', and ');
  throw new BackendError('probe', `on the ${on} backend ${list}; this model rests on it: ${advice}`);
}

function verdictOn(fault: StockFault, on: string, verdicts: Knowledge['verdicts']): boolean | Promise<boolean> {
  const kernel = getKernel(fault.kernel, on).kernelFunc;
  const known = verdicts.get(kernel) ?? new Map<string, boolean | Promise<boolean>>();
  verdicts.set(kernel, known);
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
