import type { Bytes } from './bytes';

/** The bytes from `from` to before `to` of others, which stay where they are. */
export const partOf = (bytes: Bytes, from: number, to: number): Bytes => ({
  length: to - from,
  read: (start, end) => bytes.read(from + start, from + end),
});
