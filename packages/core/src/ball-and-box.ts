import {
  abs,
  add,
  clipByValue,
  fill,
  greater,
  mul,
  sub,
  type Tensor,
  type Tensor4D,
  tensor4d,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import { bracket } from './bracket';
import type { Bounds, ImageShape } from './contracts';
import { perExample, type RandomKey, uniform } from './random';
import { signOf } from './sign-of';

/** A family of points between one inside the ball and one that may be outside; parameters have shape `[n, 1, 1, 1]`. */
interface Family {
  /** A parameter whose point is inside the ball. */
  inside: Tensor;
  /** The parameter of the point itself, clipped to the box. */
  outside: number;
  /** How far each pixel moves, given the parameter; its room is respected. */
  shrunk(parameter: Tensor): Tensor;
  /** Whether that is inside the ball, `[n, 1, 1, 1]`. */
  fits(moved: Tensor): Tensor;
}

/**
 * The nearest point of ball and box, by bisection for the outermost member of a one-parameter family that is inside the
 * ball (the Lagrange multiplier of the ball's constraint). Exact to float32; all examples at once, nothing is read back.
 *
 * @param family from how far each pixel wants to move and how far the bounds let it
 */
export function nearest(
  x: Tensor4D,
  center: Tensor4D,
  [low, high]: Bounds,
  family: (size: Tensor4D, room: Tensor4D) => Family,
): Tensor4D {
  return tidy(() => {
    const delta = sub(x, center) as Tensor4D;
    const room = where(greater(delta, 0), sub(high, center), sub(center, low)) as Tensor4D;
    const { inside, outside, shrunk, fits } = family(abs(delta), room);
    const end = fill(inside.shape, outside);
    const start = where(fits(shrunk(end)), end, inside);
    const [good] = bracket(start, end, (parameter) => fits(shrunk(parameter)));
    return clipByValue(add<Tensor4D>(center, mul(signOf(delta), shrunk(good))), low, high);
  });
}

/**
 * Perturbations uniform in a ball: a direction uniform on the sphere, times u^(1/d).
 *
 * @param draw entries whose joint density depends on the norm alone
 * @param size the norm, of one example
 */
export function fillBall(
  eps: number,
  item: ImageShape,
  { seed, index, stream }: { seed: number; index: Float64Array; stream: string },
  draw: (key: RandomKey, length: number) => Float32Array,
  size: (direction: Float32Array) => number,
): Tensor4D {
  const length = item.reduce((product, each) => product * each, 1);
  const inBall = (key: RandomKey) => {
    const direction = draw(key, length);
    const [u] = uniform({ ...key, stream: `${key.stream}/radius` }, 1);
    const scale = (eps * u ** (1 / length)) / Math.max(size(direction), Number.MIN_VALUE);
    return direction.map((each) => each * scale);
  };
  return tensor4d(perExample(inBall, { seed, stream }, index, length), [index.length, ...item]);
}
