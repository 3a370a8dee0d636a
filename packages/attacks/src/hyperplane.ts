import { type Bounds, bracket, type NormName, signOf } from '@agoge/core';
import {
  abs,
  add,
  div,
  fill,
  greater,
  lessEqual,
  max,
  maximum,
  mul,
  scalar,
  step,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import { perImage } from './rows';

/** Steps of Newton's method: enough for weights over five orders of magnitude and all but 0.1 % of the way to the corner. */
const newtonSteps = 16;
const tiny = 1e-30;
/** Beyond any scale of a move. */
const far = 1e38;
/** A weight that counts as none, but in linf (as in AutoAttack's reference code). */
const nothing = 1e-8;
const total = (x: Tensor) => sum(x, [1, 2, 3], true);

/** What each pixel weighs, and how far the bounds let it go towards the hyperplane. */
interface Ways {
  weight: Tensor;
  room: Tensor;
  /** How much of `w . x` is missing, `[n, 1, 1, 1]`. */
  missing: Tensor;
}

/**
 * Pixels move by `min(s * speed, room)`, with the one `s` that closes the gap: `sum(weight * min(s * speed, room))` is
 * concave in `s`, so that Newton's method from 0 climbs to it from below and lands on it once the saturated pixels are found.
 */
function together({ weight, room, missing }: Ways, speed: Tensor): Tensor {
  const [gains, rooms] = [mul(weight, speed), mul(weight, room)];
  const reach = where(greater(speed, 0), div(room, maximum(speed, tiny)), far);
  const [one, least] = [scalar(1), scalar(tiny)];
  let s: Tensor = fill(missing.shape, 0);
  let free = step(room);
  for (let i = 0; i < newtonSteps; i++) {
    const gain = total(mul(gains, free));
    const saturated = total(mul(rooms, sub(one, free)));
    // Where nobody is free any more it stays.
    s = maximum(s, div(sub(missing, saturated), maximum(gain, least)));
    free = step(sub(reach, s));
  }
  return where(greater(free, 0), mul(s, speed), room);
}

/** Pixels go to their bound in order of their weight, until the gap is closed. */
function oneByOne({ weight, room, missing }: Ways): Tensor {
  const rooms = mul(weight, room);
  const above = (threshold: Tensor) => step(sub(weight, threshold));
  const gained = (threshold: Tensor) => total(mul(rooms, above(threshold)));
  const highest = max(weight, [1, 2, 3], true);
  const [fits, over] = bracket(highest, mul(highest, 0), (threshold) => lessEqual(gained(threshold), missing));
  const [all, some] = [above(fits), above(over)];
  const rest = sub(missing, gained(fits));
  const last = sub(some, all);
  const share = div(rest, maximum(total(mul(rooms, last)), tiny));
  return mul(room, add(all, mul(last, share)));
}

const moves: Record<NormName, (ways: Ways) => Tensor> = {
  linf: (ways) => together(ways, step(ways.weight)),
  l2: (ways) => together(ways, ways.weight),
  l1: oneByOne,
};

/**
 * The smallest move, in a norm, that takes images onto a hyperplane without leaving the bounds: `argmin |d|` with
 * `w . d = gap` and `x + d` within the bounds; where no such move is, the corner of the box that comes nearest to it.
 *
 * By Newton's method on the scale of the move in linf and l2, by bisection on the smallest weight that moves in l1: exact to
 * float32, all examples at once, without sorting. In linf the move is not unique: every pixel moves as far as the others.
 *
 * Croce and Hein, Minimally distorted adversarial examples with a fast adaptive boundary attack (ICML 2020), §3.2.
 *
 * @param x images `[n, height, width, channels]` within the bounds
 * @param w the hyperplane's normal, as `x`
 * @param gap by how much `w . x` is to grow, `[n]`
 * @returns the move, as `x`
 */
export function ontoHyperplane(norm: NormName, x: Tensor4D, w: Tensor4D, gap: Tensor1D, [low, high]: Bounds): Tensor4D {
  return tidy(() => {
    const sign = mul(signOf(w), perImage(signOf(gap)));
    const size = abs(w);
    const weight = norm === 'linf' ? size : where(greater(size, nothing), size, 0);
    const room = maximum(where(greater(sign, 0), sub(high, x), sub(x, low)), 0);
    const ways = { weight, room, missing: perImage(abs(gap)) };
    const meets = greater(total(mul(weight, room)), ways.missing);
    return mul<Tensor4D>(sign, where(meets, moves[norm](ways), room));
  });
}
