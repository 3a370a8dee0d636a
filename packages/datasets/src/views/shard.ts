import { type Batches, checkOptions, integer, required, said } from '@agoge/core';
import { rowsFrom } from './rows';
import { select, type View } from './select';

/** One of `count` parts, numbered from 1, whose edges are those of blocks of `batchSize` examples. */
export interface ShardOptions {
  number: number;
  count: number;
  batchSize: number;
}

/**
 * The examples of a part: whole blocks of `batchSize`, so that what is found of the parts is what is found of the whole.
 *
 * Part `i` of `k` has the blocks from `floor((i - 1) b / k)` to before `floor(i b / k)`, where `b` is the number of all
 * blocks: none where there are fewer blocks than parts.
 *
 * @param examples of the whole
 */
export function shardRange(
  examples: number,
  { number, count, batchSize }: ShardOptions,
): { from: number; examples: number } {
  const blocks = Math.ceil(examples / batchSize);
  const edge = (part: number) => Math.min(examples, Math.floor((part * blocks) / count) * batchSize);
  const from = edge(number - 1);
  return { from, examples: edge(number) - from };
}

/**
 * One of `count` parts of some data, by the rule of {@link shardRange}; numbers and reading as of `take`.
 *
 * @throws TypeError, RangeError for options; RangeError for a part that is empty
 *
 * @example
 * const second = shard(data, { number: 2, count: 4, batchSize: 250 });
 */
export function shard<D extends Batches>(data: D, options: ShardOptions): View<D> {
  const { number, count, batchSize } = options;
  checkOptions('shard', options, {
    count: required(integer({ min: 1 })),
    number: required(integer({ min: 1, max: count })),
    batchSize: required(integer({ min: 1 })),
  });
  const { from, examples } = shardRange(data.examples, options);
  if (examples === 0) {
    const what = `part ${number} of ${count} is empty: there are fewer blocks of ${batchSize} examples than parts`;
    throw said(new RangeError(`shard: ${what}`));
  }
  return select(data, rowsFrom(from, from + examples), `shard ${number}/${count} of blocks of ${batchSize}`);
}
