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

/**
 * The examples of a part: whole blocks of `batchSize`, so that the parts' records are those of the whole.
 *
 * @returns no examples where there are fewer blocks than parts
 */
export function shardRange(
  { number, count }: Shard,
  examples: number,
  batchSize: number,
): { from: number; examples: number } {
  const blocks = Math.ceil(examples / batchSize);
  const edge = (part: number) => Math.min(examples, Math.floor((part * blocks) / count) * batchSize);
  const from = edge(number - 1);
  return { from, examples: edge(number) - from };
}
