import { type Tensor, type TensorInfo, tidy } from '@tensorflow/tfjs-core';
import type { KernelCall } from './watch-kernels';

/** A kernel's inputs by name; tfjs knows them only as a map. */
export type Inputs<Name extends string> = Record<Name, TensorInfo>;

/** A kernel of TensorFlow.js 4.22 that gives wrong numbers, without an error, on some backend; or the gradient of one. */
export interface StockFault {
  readonly kernel: string;
  /** Given where the kernel is right and what tfjs makes its gradient of, on every backend, is wrong. */
  readonly of?: 'gradient';
  /** The fault's name, as the repairs of `@agoge/backends` have it. */
  readonly fault: string;
  /** What the kernel does wrong, to stand behind its name in a sentence. */
  readonly says: string;
  /**
   * Whether a call can meet the fault. Looks at shapes, types and attributes, and reads nothing back.
   *
   * @param call of the kernel; for a gradient's fault that which was differentiated
   * @param earlier calls that the same computation made before it, of the kernels of `stockFaults` at least
   */
  concerns(call: KernelCall, earlier: readonly KernelCall[]): boolean;
  /** A program of a few numbers that meets the fault and leaves the memory of others alone. Some need tfjs's gradients. */
  compute(): Tensor;
  /** What the program gives where the kernel is right. */
  readonly right: readonly number[];
}

/** What a right kernel's rounding may change, of numbers from 0 to some hundreds. */
const tolerance = 1e-3;

/** Whether the current backend has a fault: runs its program there. */
export async function hasFault({ compute, right }: StockFault): Promise<boolean> {
  const result = tidy(compute);
  try {
    const found = await result.data();
    const isRight = (each: number, i: number) => Math.abs(found[i] - each) <= tolerance * Math.max(1, Math.abs(each));
    return found.length !== right.length || !right.every(isRight);
  } finally {
    result.dispose();
  }
}
