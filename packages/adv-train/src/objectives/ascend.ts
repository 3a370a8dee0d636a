import { crossEntropy, margin, projectedAscent } from '@agoge/attacks';
import type { Classifier, Run } from '@agoge/core';
import {
  add,
  argMax,
  cast,
  greaterEqual,
  keep,
  logicalAnd,
  neg,
  notEqual,
  type Rank,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  zeros,
} from '@tensorflow/tfjs-core';
import { adamAscent } from './adam-ascent';
import type { CraftingOptions } from './crafting';
import { divergence } from './divergence';
import { squaredDistance } from './squared-error';

/** How far logits lie from those of the clean image. */
const fromClean = { divergence, squaredError: squaredDistance };

/** Whether what is climbed is a distance from the clean prediction, which has no gradient there. */
export const climbsFromClean = (climbs: string): climbs is keyof typeof fromClean => Object.hasOwn(fromClean, climbs);

type Way = Required<Pick<CraftingOptions, 'norm' | 'eps' | 'steps' | 'stepSize' | 'climbs' | 'tau'>> &
  Pick<CraftingOptions, 'moves' | 'drops'>;

/** Ascends from images `start` on; the caller owns the result. */
export async function ascend(
  f: Classifier,
  x: Tensor4D,
  y: Tensor1D,
  start: Tensor4D,
  { norm, eps, steps, stepSize, moves, drops = [], climbs, tau }: Way,
  run: Run,
): Promise<Tensor4D> {
  const natural = climbsFromClean(climbs) ? { logits: f(x), distance: fromClean[climbs] } : undefined;
  const loss = (logits: Tensor2D): Tensor1D => {
    if (natural) return natural.distance(natural.logits, logits);
    return climbs === 'margin' ? neg(margin(logits, y)) : crossEntropy(logits, y);
  };
  const patience = tau === null ? undefined : friendly(y, tau);
  const way = { norm, eps, steps, stepSize, start, ...(patience && { stays: patience.stays }), ...run };
  try {
    return await (moves === 'adam' ? adamAscent(f, x, loss, { ...way, drops }) : projectedAscent(f, x, loss, way));
  } finally {
    natural?.logits.dispose();
    patience?.dispose();
  }
}

/** Which examples have been misclassified `tau` times before and are so again. */
function friendly(y: Tensor1D, tau: number): { stays(logits: Tensor2D): Tensor1D; dispose(): void } {
  let times = zeros<Rank.R1>([y.shape[0]]);
  return {
    stays(logits) {
      const wrong = notEqual(argMax(logits, 1), y);
      const stays = logicalAnd<Tensor1D>(wrong, greaterEqual(times, tau));
      const next = keep(add<Tensor1D>(times, cast(wrong, 'float32')));
      times.dispose();
      times = next;
      return stays;
    },
    dispose: () => times.dispose(),
  };
}
