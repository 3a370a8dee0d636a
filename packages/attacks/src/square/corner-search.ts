import { type Bounds, perExample, signs } from '@agoge/core';
import {
  add,
  clipByValue,
  greater,
  less,
  logicalOr,
  mul,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tensor4d,
  zeros,
} from '@tensorflow/tfjs-core';
import { drawAhead } from '../query/draw-ahead';
import type { Answer, Question, Search } from '../query/search';
import { select } from '../rows';
import { maskOf, type Offset, squaresAt } from './place';
import { shareAt, squareSide } from './schedule';

/** What the searches of Square share. */
export interface SquareSearchOptions {
  eps: number;
  bounds: Bounds;
  /** Queries after the first image. */
  queries: number;
  share: number;
  rescale: boolean;
  offset: Offset;
  seed: number;
}

/** What Square remembers of each example: the best image, and its loss. */
export type SquareMemory = { at: Tensor4D; loss: Tensor1D };

/** Square keeps an image that has a higher loss, or is broken. */
export function keepBetter<Noise extends Record<string, Tensor>>({
  memory,
  x,
  loss,
  score,
  query,
}: Answer<SquareMemory, Noise>): SquareMemory {
  if (query === 0) return { at: x, loss };
  const better = logicalOr(greater(loss, memory.loss), less(score, 0));
  return { at: select(better, x, memory.at), loss: select(better, loss, memory.loss) };
}

export const beginAt = (center: Tensor4D): SquareMemory => ({ at: center, loss: zeros([center.shape[0]]) });

/**
 * Square's search in linf: from vertical stripes of plus and minus eps, squares at random places get one sign of eps in each
 * channel, and stay where the loss grows.
 */
export function cornerSearch(
  [height, width, channels]: readonly [number, number, number],
  { eps, bounds: [low, high], queries, share, rescale, offset, seed }: SquareSearchOptions,
): Search<SquareMemory, Record<string, Tensor>> {
  const numbers = drawAhead(2 + channels, { seed, stream: 'square/linf' });
  const atCorner = (center: Tensor4D, sign: Tensor) => clipByValue(add<Tensor4D>(center, mul(sign, eps)), low, high);
  return {
    queries: queries + 1,
    begin: beginAt,
    draw(query, index): Record<string, Tensor> {
      const n = index.length;
      if (query === 0) {
        const stripes = perExample(signs, { seed, stream: 'square/linf/stripes' }, index, width * channels);
        return { signs: tensor4d(stripes, [n, 1, width, channels]) };
      }
      const side = squareSide(shareAt(query - 1, share, { queries, rescale }), height, width);
      const rowOf = numbers(query - 1, index);
      const drawn = Array.from(index, (_, row) => rowOf(row));
      const corners = drawn.map(([v, u]) => [offset(v, height, side), offset(u, width, side)] as const);
      const sign = Float32Array.from(drawn.flatMap((each) => [...each.subarray(2)].map((u) => (u < 0.5 ? -1 : 1))));
      return { ...squaresAt(corners, side, [height, width]), signs: tensor4d(sign, [n, 1, 1, channels]) };
    },
    propose({ center, memory, noise, query }: Question<SquareMemory, Record<string, Tensor>>) {
      const there = atCorner(center, noise.signs);
      if (query === 0) return there;
      // Exact, since the mask is 0 or 1.
      const mask = maskOf({ rows: noise.rows, columns: noise.columns });
      return add<Tensor4D>(mul(there, mask), mul(memory.at, sub(1, mask)));
    },
    learn: keepBetter,
  };
}
