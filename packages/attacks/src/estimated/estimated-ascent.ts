import { type Bounds, type ImageShape, normal, perExample, signs } from '@agoge/core';
import {
  add,
  clipByValue,
  fill,
  mul,
  sub,
  type Tensor1D,
  type Tensor4D,
  tensor4d,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { type Search, worthless } from '../query/search';
import { perImage, type Rows } from '../rows';

/** How directions are drawn: each entry plus or minus one, or normal. */
const draws = { signs, normal };

/** Where a move begins, and the gradient estimated there. */
export interface Estimate {
  x: Tensor4D;
  center: Tensor4D;
  gradient: Tensor4D;
  /** Number of the move, from 0. */
  step: number;
}

export interface EstimatedAscentOptions<Memory extends Rows> {
  who: string;
  /** Shape of an image. */
  item: ImageShape;
  steps: number;
  /** Pairs of images from which one gradient is estimated. */
  pairs: number;
  /** How far the images of a pair are from the middle, in units of the direction. */
  radius: number;
  directions: keyof typeof draws;
  bounds: Bounds;
  seed: number;
  /** What the moves remember at first. */
  begin(center: Tensor4D): Memory;
  /** A move along an estimated gradient, to an image within ball and box. */
  move(at: Estimate, memory: Memory): { x: Tensor4D; memory: Memory };
}

type Gathering = { at: Tensor4D; gradient: Tensor4D; direction: Tensor4D; loss: Tensor1D };

/**
 * Ascent along gradients that are estimated from pairs of images: `mean_i u_i (loss(x + r u_i) - loss(x - r u_i)) / (2 r)`.
 *
 * A step asks `2 pairs` times for a gradient, and once more where the move has led: only those images count. The images of a
 * pair are cut to the bounds but may lie outside the ball.
 */
export function estimatedAscent<Memory extends Rows>({
  who,
  item,
  steps,
  pairs,
  radius,
  directions,
  bounds: [low, high],
  seed,
  begin,
  move,
}: EstimatedAscentOptions<Memory>): Search<Memory & Gathering> {
  const length = item.reduce((product, each) => product * each, 1);
  const perStep = 2 * pairs + 1;
  const place = (query: number) => {
    const at = query % perStep;
    if (at === 2 * pairs) return 'look';
    return at % 2 === 0 ? 'first' : 'second';
  };
  const beside = (x: Tensor4D, direction: Tensor4D, by: number) =>
    clipByValue(add<Tensor4D>(x, mul(direction, by)), low, high) as Tensor4D;

  return {
    queries: steps * perStep,
    begin: (center) => ({
      ...begin(center),
      ...{ at: center, gradient: zerosLike(center), direction: zerosLike(center) },
      loss: fill([center.shape[0]], 0) as Tensor1D,
    }),
    draw(query, index): Rows {
      if (place(query) !== 'first') return {};
      const values = perExample(draws[directions], { seed, stream: `${who}/${query}` }, index, length);
      return { direction: tensor4d(values, [index.length, ...item]) };
    },
    propose({ memory, noise, query }) {
      if (place(query) === 'first') return beside(memory.at, noise.direction as Tensor4D, radius);
      return place(query) === 'second' ? beside(memory.at, memory.direction, -radius) : memory.at;
    },
    learn({ center, memory, noise, query, loss }) {
      if (place(query) === 'first') return { ...memory, direction: noise.direction as Tensor4D, loss };
      if (place(query) === 'look') return memory;
      const slope = perImage(mul(sub(memory.loss, loss), 1 / (2 * radius * pairs)));
      const gradient = add<Tensor4D>(memory.gradient, mul(memory.direction, slope));
      if (query % perStep < 2 * pairs - 1) return { ...memory, gradient };
      const step = Math.floor(query / perStep);
      const moved = move({ x: memory.at, center, gradient, step }, memory);
      return { ...memory, ...moved.memory, at: moved.x, gradient: zerosLike(center) };
    },
    worth: ({ score, query }) => (place(query) === 'look' ? score : (fill(score.shape, worthless) as Tensor1D)),
  };
}
