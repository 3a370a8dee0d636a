import { gather, reshape, type Tensor, tensor1d, tidy, where } from '@tensorflow/tfjs-core';

/** Tensors of one row per example. */
export type Rows = Readonly<Record<string, Tensor>>;

/** Places of rows to take: a single one twice, since batches of 1 are computed in other arithmetic by some backends. */
export const atLeastTwo = (rows: readonly number[]): number[] => (rows.length === 1 ? [rows[0], rows[0]] : [...rows]);

/** Some rows of tensors, {@link atLeastTwo}. */
export function rowsOf<T extends Rows>(from: T, rows: readonly number[]): T {
  return tidy(() => {
    const places = tensor1d(atLeastTwo(rows), 'int32');
    return Object.fromEntries(Object.entries(from).map(([name, each]) => [name, gather(each, places)])) as unknown as T;
  });
}

/** Disposes of tensors, each once, but for those that are `kept`. */
export function release(old: readonly (Rows | undefined)[], kept: readonly (Rows | undefined)[] = []): void {
  const all = (from: readonly (Rows | undefined)[]) => new Set(from.flatMap((each) => Object.values(each ?? {})));
  const still = all(kept);
  for (const each of all(old)) if (!still.has(each)) each.dispose();
}

/** One number per example, to broadcast over its image. */
export const perImage = (each: Tensor): Tensor => reshape(each, [-1, 1, 1, 1]);

/** Of each example, numbers or images, the one or the other. */
export const select = <T extends Tensor>(flag: Tensor, yes: T, no: T): T =>
  where(yes.rank === 4 ? perImage(flag) : flag, yes, no);
