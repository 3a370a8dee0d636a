import { plural, watchKernels } from '@agoge/core';
import { backend, getBackend, memory, ones, relu, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { forgetTrouble } from '../guard-reads';
import { compare, toleranceOf } from './compare';
import type { KernelCase } from './kernel-case';
import { onTheDevice } from './on-the-device';

/** How near a case came, and what is wrong with it. */
export interface CaseOutcome {
  readonly error: number;
  readonly fault?: string;
}

/** Runs one case on the current backend. */
export async function checkCase(each: KernelCase): Promise<CaseOutcome> {
  const [tensors, buffers] = held();
  const outcome = await computed(each);
  if (outcome.fault !== undefined || each.refused) await recover();
  const [tensorsNow, buffersNow] = held();
  const left = Math.max(tensorsNow - tensors, buffersNow - buffers);
  if (left === 0 || outcome.fault !== undefined) return outcome;
  return { ...outcome, fault: `leaves ${plural(left, 'tensor')} behind` };
}

/** Tensors of the engine, and buffers of the backend, which kernels make without the engine's knowledge. */
const held = () => [memory().numTensors, backend().numDataIds()] as const;

/** After a command that a GPU refused, the next case starts afresh, once what is under way has ended. */
async function recover(): Promise<void> {
  try {
    const waited = tidy(() => relu(ones([1])));
    await waited.data().finally(() => waited.dispose());
  } catch {
    // A GPU says here what it refused; wasm, whose memory a kernel wrote over, that it is of no use any more.
  }
  await forgetTrouble(backend());
}

const faulty = (fault: string): CaseOutcome => ({ error: Number.POSITIVE_INFINITY, fault });

async function computed(each: KernelCase): Promise<CaseOutcome> {
  const ran = new Set<string>();
  const astray = () => (ran.has(each.kernel) ? undefined : `runs without ${each.kernel}: ${[...ran].join(', ')}`);
  try {
    const result = onTheDevice(() =>
      watchKernels(
        ({ kernel }) => ran.add(kernel),
        () => tidy(() => each.compute()),
      ),
    );
    // To dispose of it fails too, where a kernel wrote over memory that is not its own.
    const values = await result.data().finally(() => result.dispose());
    if (each.refused) return faulty(`is [${Array.from(values, digits).join(', ')}], not an error`);
    const fault = misfit(each, result) ?? astray();
    return fault === undefined ? compared(each, values) : faulty(fault);
  } catch (error) {
    if (!each.refused) return faulty(firstLine(error));
    const fault = astray();
    return fault === undefined ? { error: 0 } : faulty(fault);
  }
}

function misfit({ shape, dtype }: KernelCase, result: Tensor): string | undefined {
  if (result.shape.join() !== shape.join()) return `has shape [${result.shape.join(', ')}], not [${shape.join(', ')}]`;
  if (result.dtype !== dtype) return `is of type ${result.dtype}, not ${dtype}`;
  return undefined;
}

function compared(each: KernelCase, values: ArrayLike<number>): CaseOutcome {
  const { error, wrong } = compare(values, each.expected(), toleranceOf(each, getBackend()), each.terms?.());
  if (!wrong) return { error };
  const { at, actual, expected } = wrong;
  return { error, fault: `[${place(at, each.shape).join(', ')}] is ${digits(actual)}, not ${digits(expected)}` };
}

/** As many as tell any two float32 numbers apart. */
const digits = (value: number) => Number(value.toPrecision(9));

/** The coordinates of a row-major position. */
function place(at: number, shape: readonly number[]): number[] {
  const coordinates: number[] = [];
  let rest = at;
  for (const size of shape.toReversed()) {
    coordinates.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return coordinates;
}

const firstLine = (error: unknown) => (error instanceof Error ? error.message : String(error)).split('\n')[0];
