import { type Bounds, bracket, type NormName, norms, signOf } from '@agoge/core';
import {
  abs,
  add,
  addN,
  clipByValue,
  div,
  fill,
  greater,
  lessEqual,
  max,
  maximum,
  minimum,
  mul,
  relu,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor4D,
  tidy,
  where,
} from '@tensorflow/tfjs-core';

const tiny = 1e-30;
const total = (x: Tensor) => sum(x, [1, 2, 3], true);

/** The best move of a size against a gradient, given the room that the bounds leave each pixel in its direction. */
type Move = (g: Tensor4D, room: Tensor4D, size: number) => Tensor;

const moves: Record<NormName, Move> = {
  linf: (g, _, size) => mul(signOf(g), size),

  // Along the gradient, so far that the move has its size once the bounds have cut it.
  l2(g, room, size) {
    const direction = norms.l2.steepest(g);
    const length = abs(direction);
    const fits = (scale: Tensor) => lessEqual(sqrt(total(square(minimum(mul(length, scale), room)))), size);
    const scales = [g.shape[0], 1, 1, 1];
    const [scale] = bracket(fill(scales, size), fill(scales, 1000 * size), fits);
    return mul(direction, scale);
  },

  // The pixels of the largest gradient go to their bound, one after another, until the size is used up; and beyond it, in
  // the order of their gradients, so that the projection that follows takes from the others what it must take.
  l1(g, room, size) {
    const slope = abs(g);
    const highest = max(slope, [1, 2, 3], true);
    const within = (threshold: Tensor) => where(greater(slope, threshold), room, 0);
    const [good, bad] = bracket(highest, mul(highest, 0), (each) => lessEqual(total(within(each)), size));
    const last = sub(within(bad), within(good));
    const share = minimum(div(sub(size, total(within(good))), maximum(total(last), tiny)), 1);
    const beyond = mul(div(relu(sub(slope, good)), maximum(highest, tiny)), 100 * size);
    return mul(signOf(g), addN([within(good), mul(last, share), beyond]));
  },
};

/** Where an ascent may go, and how far at a time. */
export interface AscentStepOptions {
  norm: NormName;
  /** Radius of the ball around the clean image. */
  eps: number;
  /** Size of one move, in the norm. */
  stepSize: number;
  bounds: Bounds;
}

/**
 * One step of projected steepest ascent: `P(x + m)`, where `m` is the move of size `stepSize` that a linear function of
 * gradient `g` gains most by among those that stay in the bounds, and `P` the projection onto ball and box.
 *
 * A pixel at its bound is no direction: the plain steepest direction would spend its length there. From `x = center` with
 * `stepSize = eps` the result is the exact maximum of that linear function over ball and box.
 *
 * @param x where the ascent is, `[n, height, width, channels]`
 * @param center the clean images
 * @param g the gradient of what is ascended
 */
export function ascentStep(
  x: Tensor4D,
  center: Tensor4D,
  g: Tensor4D,
  { norm, eps, stepSize, bounds }: AscentStepOptions,
): Tensor4D {
  return tidy(() => {
    const [low, high] = bounds;
    const room = maximum<Tensor4D>(where(greater(g, 0), sub(high, x), sub(x, low)), 0);
    return norms[norm].project(add(x, moves[norm](g, room, stepSize)), center, eps, bounds);
  });
}

/** A start uniform in the ball, drawn back into the box where it leaves it. */
export function uniformStart(
  center: Tensor4D,
  { norm, eps, bounds }: Pick<AscentStepOptions, 'norm' | 'eps' | 'bounds'>,
  key: { seed: number; index: Float64Array; stream: string },
): Tensor4D {
  const [, height, width, channels] = center.shape;
  return tidy(() => {
    const noise = norms[norm].sample(eps, [height, width, channels], key);
    return clipByValue(add<Tensor4D>(center, noise), bounds[0], bounds[1]);
  });
}
