import { type Bounds, bracket, norms, signOf } from '@agoge/core';
import {
  abs,
  add,
  cast,
  clipByValue,
  div,
  fill,
  floor,
  greater,
  greaterEqual,
  less,
  logicalAnd,
  logicalOr,
  max,
  maximum,
  mul,
  notEqual,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { Ascent } from '../ascent/climb';
import { perImage, select } from '../rows';
import { type Stage, sparseCheckpoints } from './schedule';

/** What L1-APGD remembers of each example. */
export type SparseMemory = {
  best: Tensor4D;
  bestGradient: Tensor4D;
  bestLoss: Tensor1D;
  stepSize: Tensor1D;
  /** Share of the pixels that a step moves. */
  share: Tensor1D;
  /** Pixels that the best point had moved at the last checkpoint. */
  movedThen: Tensor1D;
};

export interface SparseAscentOptions {
  /** Balls to climb in, one after another; the last is the attack's. */
  stages: readonly Stage[];
  bounds: Bounds;
  /** Whether the start has been found by somebody: then its sparsity is taken over. */
  isWarm: boolean;
  /** Whether pixels at their bound are passed over, or, as in the authors' code, chosen in vain. */
  variant: 'boxed' | 'reference';
}

/** Share of the pixels that the first steps from nowhere move. */
const firstShare = 0.2;
/** The share that a best point suggests is that of the pixels it moves, divided by this. */
const shareDivisor = 1.5;
/** Fewer moved pixels than this share of those before: the step size starts again. */
const sparser = 0.95;
const stepDivisor = 1.5;
/** The smallest step size, as a part of eps. */
const leastStep = 1 / 10;

const moved = (x: Tensor4D, center: Tensor4D) => sum<Tensor1D>(cast(notEqual(x, center), 'float32'), [1, 2, 3]);

/**
 * L1-APGD's moves: equal steps in the pixels of the largest gradient, projected onto ball and box exactly. How many pixels
 * follows the best point found; its becoming sparser starts the step size again from `eps`, else that shrinks.
 *
 * Croce and Hein, Mind the box: l1-APGD for sparse adversarial attacks (ICML 2021).
 */
export function sparseAscent({ stages, bounds, isWarm, variant }: SparseAscentOptions): Ascent<SparseMemory> {
  // Every stage evaluates where it starts and each iterate after that.
  const plan = stages.flatMap((stage, i) => {
    const decisions = new Set(sparseCheckpoints(stage.steps));
    return Array.from({ length: stage.steps + 1 }, (_, at) => ({
      ...{ at, eps: stage.eps, decides: decisions.has(at) },
      nextEps: at === stage.steps && i + 1 < stages.length ? stages[i + 1].eps : undefined,
    }));
  });
  const move = moveBy.bind(undefined, { bounds, variant });
  return {
    steps: plan.length - 1,
    countsFrom: plan.length - 1 - stages[stages.length - 1].steps,
    next({ x, center, loss, gradient }, before, iteration) {
      const { at, eps, decides, nextEps } = plan[iteration];
      if (at === 0 || !before) {
        const memory = begin(x, center, loss, gradient, eps, isWarm || iteration > 0);
        return { x: move(x, gradient, memory, { center, eps }), memory };
      }
      const better = greater(loss, before.bestLoss);
      let memory: SparseMemory = {
        ...before,
        best: select(better, x, before.best),
        bestGradient: select(better, gradient, before.bestGradient),
        bestLoss: select(better, loss, before.bestLoss),
      };
      if (nextEps !== undefined) return { x: norms.l1.project(memory.best, center, nextEps, bounds), memory };
      if (!decides) return { x: move(x, gradient, memory, { center, eps }), memory };

      const now = moved(memory.best, center);
      const restart = less(div(now, maximum(before.movedThen, 1)), sparser);
      const shrunk = clipByValue(div(memory.stepSize, stepDivisor), leastStep * eps, eps) as Tensor1D;
      memory = {
        ...memory,
        share: shareOf(now, center),
        movedThen: now,
        stepSize: select(restart, fill(now.shape, eps) as Tensor1D, shrunk),
      };
      const from = select(restart, memory.best, x);
      const direction = select(restart, memory.bestGradient, gradient);
      return { x: move(from, direction, memory, { center, eps }), memory };
    },
  };
}

const pixelsOf = (center: Tensor4D) => center.size / center.shape[0];
const shareOf = (pixels: Tensor1D, center: Tensor4D): Tensor1D => div(div(pixels, pixelsOf(center)), shareDivisor);

function begin(x: Tensor4D, center: Tensor4D, loss: Tensor1D, gradient: Tensor4D, eps: number, isWarm: boolean) {
  const rows: [number] = [x.shape[0]];
  const all = fill(rows, pixelsOf(center)) as Tensor1D;
  const pixels = isWarm ? moved(x, center) : all;
  return {
    ...{ best: x, bestGradient: gradient, bestLoss: loss },
    stepSize: fill(rows, eps) as Tensor1D,
    share: isWarm ? shareOf(pixels, center) : (fill(rows, firstShare) as Tensor1D),
    movedThen: pixels,
  };
}

/** A step of equal size in each of the pixels of the largest gradient. */
function moveBy(
  { bounds, variant }: Pick<SparseAscentOptions, 'bounds' | 'variant'>,
  x: Tensor4D,
  gradient: Tensor4D,
  { stepSize, share }: SparseMemory,
  { center, eps }: { center: Tensor4D; eps: number },
): Tensor4D {
  const pixels = pixelsOf(center);
  // As the reference code rounds it: the rank, counted from the smallest, of the last gradient that is left out.
  const leftOut = clipByValue(floor(mul(sub(1, share), pixels)), 0, pixels - 1);
  const wanted = perImage(sub(pixels, leftOut));
  const g = variant === 'reference' ? gradient : mul<Tensor4D>(gradient, free(x, gradient, bounds));
  const slope = abs(g);
  const atLeast = (threshold: Tensor) => cast(greaterEqual(slope, threshold), 'float32');
  const enough = (threshold: Tensor) => greaterEqual(sum(atLeast(threshold), [1, 2, 3], true), wanted);
  const highest = max(slope, [1, 2, 3], true);
  const [threshold] = bracket(mul(highest, 0), mul(highest, 2), enough);
  const direction = mul(signOf(g), atLeast(threshold));
  const size = maximum(sum(abs(direction), [1, 2, 3], true), 1);
  const step = mul(div(direction, size), perImage(stepSize));
  return norms.l1.project(add<Tensor4D>(x, step), center, eps, bounds);
}

/** 1 where a pixel can follow its gradient, 0 where it is at its bound. */
function free(x: Tensor4D, gradient: Tensor4D, [low, high]: Bounds): Tensor4D {
  const up = logicalAnd(greater(gradient, 0), less(x, high));
  const down = logicalAnd(less(gradient, 0), greater(x, low));
  return cast(logicalOr(up, down), 'float32') as Tensor4D;
}
