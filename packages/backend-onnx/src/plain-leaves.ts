import type { Data } from './data';
import { isIdentity } from './order';
import type { Pending } from './recorder';

/** Kernels whose result at a place depends on that place alone and is rounded once: the same bits in any order of the axes. */
const exact = new Set([
  ...['Abs', 'Add', 'Cast', 'ClipByValue', 'Equal', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'LogicalAnd'],
  ...['LogicalNot', 'LogicalOr', 'Maximum', 'Minimum', 'Multiply', 'Neg', 'NotEqual', 'OnesLike', 'RealDiv', 'Relu'],
  ...['Select', 'Sign', 'Sqrt', 'Square', 'Step', 'Sub', 'ZerosLike'],
]);

/** Kernels that bring what they take into an order of their own, which the runtime does not see through. */
const settled = (kernel: string): boolean => kernel.includes('Conv2');

/**
 * Leaves in an order that earlier graphs gave them and on which bits of this graph's results depend: it goes, unchanged but for
 * exact arithmetic, into a sum, whose order of adding follows the tensor's since the runtime moves transposes behind it, or
 * into functions of which it computes the last few elements in other arithmetic than the rest.
 *
 * @returns their numbers among the leaves
 */
export function plainLeaves({ kernels, leaves }: Pending): number[] {
  const numbers = new Map<Data, readonly number[]>();
  leaves.forEach((data, leaf) => {
    if (!isIdentity(data.order)) numbers.set(data, [leaf]);
  });
  if (numbers.size === 0) return [];
  const plain = new Set<number>();
  for (const { lowered, operands, results } of kernels) {
    if (settled(lowered.kernel)) continue;
    const taken = [...new Set(operands.flatMap(({ data }) => numbers.get(data) ?? []))];
    if (taken.length === 0) continue;
    if (exact.has(lowered.kernel)) for (const data of results) numbers.set(data, taken);
    else for (const leaf of taken) plain.add(leaf);
  }
  return [...plain];
}
