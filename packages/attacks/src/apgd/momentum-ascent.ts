import { type Bounds, norms } from '@agoge/core';
import {
  add,
  addN,
  cast,
  clipByValue,
  div,
  fill,
  greater,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  minimum,
  mul,
  sub,
  type Tensor1D,
  type Tensor4D,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Ascent } from '../ascent/climb';
import { perImage, select } from '../rows';
import { checkpoints } from './schedule';

/** What APGD remembers of each example. */
export type MomentumMemory = {
  /** Where the move before began. */
  previous: Tensor4D;
  /** Loss of the last iterate. */
  loss: Tensor1D;
  best: Tensor4D;
  bestGradient: Tensor4D;
  bestLoss: Tensor1D;
  stepSize: Tensor1D;
  /** Iterates of this window with a larger loss than the one before. */
  increases: Tensor1D;
  /** Best loss at the last checkpoint. */
  bestLossThen: Tensor1D;
  /** Whether the step size was halved there: 1 or 0, 1 at the start. */
  halvedThen: Tensor1D;
};

export interface MomentumAscentOptions {
  norm: 'linf' | 'l2';
  eps: number;
  steps: number;
  /** Share of a window's iterates that have to go up. */
  rho: number;
  /** See {@link momentumAscent}. */
  variant: 'boxed' | 'reference';
  bounds: Bounds;
}

/** Share of the step proper; the rest is the move before. */
const momentum = 0.75;
const tiny = 1e-12;

/**
 * APGD's moves in linf and l2: steps of `2 eps`, momentum, and at each checkpoint half the step size and back to the best
 * point for examples that oscillate, or that found nothing better since the last one without having been halved there.
 *
 * `reference` does as the authors' code, `boxed` as their paper where the code departs from it:
 * - in l2 the code scales the perturbation, then clips it; `boxed` takes the nearest point of ball and box, which uses the
 *   whole ball where pixels are at their bounds;
 * - the code takes 0 for the loss of the start when it counts the first window's steps up (an index of -1 into rows not yet
 *   filled): a step up for the cross entropy whatever happens. `boxed` compares with the start's own loss.
 * Both call it oscillation when at most `rho` of the window's steps go up, as the code (the paper: fewer).
 */
export function momentumAscent({
  norm,
  eps,
  steps,
  rho,
  variant,
  bounds,
}: MomentumAscentOptions): Ascent<MomentumMemory> {
  const decisions = new Map(checkpoints(steps).map(({ at, window }) => [at, window]));
  const project = norm === 'l2' && variant === 'reference' ? scaleThenClip : norms[norm].project;
  return {
    steps,
    countsFrom: 0,
    next({ x, center, loss, gradient }, memory, iteration) {
      if (!memory) {
        const stepSize = fill([x.shape[0]], 2 * eps) as Tensor1D;
        const [none, one] = [fill([x.shape[0]], 0), fill([x.shape[0]], 1)] as Tensor1D[];
        const best = { best: x, bestGradient: gradient, bestLoss: loss, bestLossThen: loss };
        const before = variant === 'reference' ? none : loss;
        const start = { previous: x, loss: before, stepSize, increases: none, halvedThen: one, ...best };
        return { x: project(along(norm, x, gradient, stepSize), center, eps, bounds), memory: start };
      }
      const better = greater(loss, memory.bestLoss);
      let learnt: MomentumMemory = {
        ...memory,
        loss,
        increases: add(memory.increases, cast(greater(loss, memory.loss), 'float32')),
        best: select(better, x, memory.best),
        bestGradient: select(better, gradient, memory.bestGradient),
        bestLoss: select(better, loss, memory.bestLoss),
      };
      let [from, direction]: Tensor4D[] = [x, gradient];
      const window = decisions.get(iteration);
      if (window !== undefined) {
        const oscillates = lessEqual<Tensor1D>(learnt.increases, rho * window);
        const stalls = lessEqual(learnt.bestLoss, learnt.bestLossThen);
        const halve = logicalOr<Tensor1D>(oscillates, logicalAnd(stalls, logicalNot(cast(learnt.halvedThen, 'bool'))));
        from = select(halve, learnt.best, x);
        direction = select(halve, learnt.bestGradient, gradient);
        learnt = {
          ...learnt,
          stepSize: select(halve, mul<Tensor1D>(learnt.stepSize, 0.5), learnt.stepSize),
          increases: zerosLike(learnt.increases),
          bestLossThen: learnt.bestLoss,
          halvedThen: cast(halve, 'float32'),
        };
      }
      const straight: Tensor4D = project(along(norm, from, direction, learnt.stepSize), center, eps, bounds);
      const step: Tensor4D = mul(sub(straight, from), momentum);
      const swing: Tensor4D = mul(sub(from, memory.previous), 1 - momentum);
      return {
        x: project(addN<Tensor4D>([from, step, swing]), center, eps, bounds),
        memory: { ...learnt, previous: from },
      };
    },
  };
}

const along = (norm: 'linf' | 'l2', x: Tensor4D, gradient: Tensor4D, stepSize: Tensor1D): Tensor4D =>
  add(x, mul(norms[norm].steepest(gradient), perImage(stepSize)));

/** AutoAttack's way into ball and box in l2: the perturbation is scaled to `eps` where it is longer, and clipped then. */
export function scaleThenClip(x: Tensor4D, center: Tensor4D, eps: number, [low, high]: Bounds): Tensor4D {
  const delta = sub<Tensor4D>(x, center);
  const size = norms.l2.size(delta);
  const scale = perImage(div(minimum(size, eps), maximum(size, tiny)));
  return clipByValue(add<Tensor4D>(center, mul(delta, scale)), low, high);
}
