import { InvalidArgumentError } from 'commander';

/** One of `count` parts, numbered from 1. */
export interface Shard {
  number: number;
  count: number;
}

/** `2/4`: the second of four parts. */
export function parseShard(text: string): Shard {
  const [, number, count] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  const shard = { number: Number(number), count: Number(count) };
  if (shard.number >= 1 && shard.number <= shard.count) return shard;
  throw new InvalidArgumentError('It must be a part and how many there are, such as 2/4.');
}
