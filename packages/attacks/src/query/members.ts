import { batchSize, type Rows, release, rowsOf } from '../rows';

/** One of the examples under attack: its place in the batch of the attack, and its row of the tensors. */
export interface Member {
  readonly place: number;
  readonly row: number;
}

/** All of them, in the rows of tensors made for their places. */
export const muster = (places: readonly number[]): Member[] => places.map((place, row) => ({ place, row }));

/**
 * Leaves behind the rows of who has left, once the others fit in a smaller batch.
 *
 * @param members who is left
 * @param groups tensors of one row each; those left behind are disposed of
 * @param tight whether a row of padding counts too, as it does where every row costs
 * @returns the same members and groups where nothing is gained
 */
export function closeRanks<Groups extends Readonly<Record<string, Rows>>>(
  members: Member[],
  groups: Groups,
  size: number,
  tight = false,
): { members: Member[]; groups: Groups } {
  const isCompact = members.every(({ row }, i) => row === i);
  if (members.length === 0 || (batchSize(members.length) >= size && !(tight && !isCompact))) return { members, groups };
  const rows = members.map(({ row }) => row);
  const kept = Object.fromEntries(Object.entries(groups).map(([name, each]) => [name, rowsOf(each, rows)]));
  release(Object.values(groups));
  return { members: muster(members.map(({ place }) => place)), groups: kept as unknown as Groups };
}
