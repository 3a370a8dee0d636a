import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkExamples,
  ensureGradients,
  frozen,
  isBlackBox,
  ModelError,
  type RunOptions,
} from '@agoge/core';
import {
  add,
  div,
  less,
  maximum,
  sub,
  type Tensor1D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import { aimOf, type LossName, rivalAim, type Targets, wantedLabels } from '../aim';
import { type Distance, sizeOfDelta } from '../distance';
import { checkIndex } from '../index-of-examples';
import { drawInside } from '../inside-ball';
import { imagesAt, labelsAt, padded, release } from '../rows';
import { verdictOn } from '../verdict';
import { type Ascent, climb, type Expedition, type Ledger, type Party } from './climb';

/** A gradient attack with its options resolved. */
export interface GradientAttackPlan {
  norm: Distance;
  /** Radius of the ball; null: none, which is for attacks that look for the `nearest`. */
  eps: number | null;
  loss: LossName;
  targets?: Targets;
  /**
   * Classes to go for one after another, from the one that is second on the clean image, with the loss towards a target;
   * success is to be misclassified still. As many as there are at most. Default: none, away from the label.
   */
  rivals?: number;
  /** Starts, in all or for each of the rivals. Default 1. */
  restarts?: number;
  /**
   * What is kept of the iterates: that of the smallest `margin` (default), or, of those that are broken, the `nearest` to the
   * clean image.
   */
  keeps?: 'margin' | 'nearest';
  /** How far beyond the boundary, in logits, an image has to be to be the nearest. Default 0. */
  confidence?: number;
  /** When an example leaves: as soon as it is `broken` (default), or broken `inside` the ball. */
  leaves?: 'broken' | 'inside';
  ascent: Ascent;
  /** Where a restart begins. Called within a tidy. Default: the clean images. */
  start?(party: Party, restart: number, key: { seed: number; index: Float64Array }, found: Tensor1D): Tensor4D;
}

/** Of attacks that look for the nearest adversarial image: what they keep, and when who is attacked may leave. */
export const nearest = { keeps: 'nearest', leaves: 'inside' } as const;

/** The score of a broken image by its distance: -1 / distance, so that the nearest is the smallest and all are negative. */
const scoreAt = (distance: number): number => -1 / Math.max(distance, tiny);
const tiny = 1e-20;

function rankOf({ keeps = 'margin', norm, confidence = 0 }: GradientAttackPlan): Expedition['rank'] {
  if (keeps === 'margin') return (margin) => margin;
  return (margin, x, center) => {
    const distance = maximum(sizeOfDelta(norm, sub<Tensor4D>(x, center)), tiny);
    const short = add<Tensor1D>(margin, confidence);
    return where(less(short, 0), div<Tensor1D>(-1, distance), short);
  };
}

function enoughOf({ leaves = 'broken', eps }: GradientAttackPlan): number {
  if (leaves === 'broken') return 0;
  return eps === null ? -Infinity : scoreAt(eps);
}

/** The class that is `rank`th on an image, its label aside: 0 for the largest logit. Ties in order of the classes. */
function rivalAt(logits: Float32Array, label: number, rank: number): number {
  const others = [...logits.keys()].filter((k) => k !== label);
  return others.sort((a, b) => logits[b] - logits[a])[rank];
}

/**
 * Runs a gradient attack: the door, the clean images, restarts on who is left, the verdict.
 *
 * Whoever is broken on the clean image stays at distance 0 and is not attacked. In the end every image found is drawn inside
 * ball and box where it is outside, by rounding or because nothing nearer was found, and classified once more: that alone
 * decides.
 */
export async function gradientAttack(
  who: string,
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  plan: GradientAttackPlan,
  { seed = 0, index: given, signal, onProgress }: RunOptions,
): Promise<AttackResult> {
  await checkExamples(who, f, x, y);
  if (isBlackBox(f)) {
    throw new ModelError(who, `needs gradients, which a black box (its output: ${f.output}) does not have`);
  }
  const n = x.shape[0];
  const index = checkIndex(who, given, n);
  const aim = plan.rivals ? rivalAim(who, plan.loss, f) : aimOf(who, plan.loss, plan.targets, f);
  const targets = wantedLabels(who, plan.targets, index, f.classes);
  await ensureGradients();

  return frozen(f, async () => {
    const clean = new Float32Array(await x.data());
    const labels = Int32Array.from(await y.data());
    const isBroken = (prediction: number, i: number) =>
      targets ? prediction === targets[i] : prediction !== labels[i];
    const everybody = [...labels.keys()];
    const { shape } = x;
    const first = await verdictOn(who, f, { x: clean, shape }, everybody, labels);
    const attacked = everybody.filter((i) => !isBroken(first.prediction[i], i));
    const ledger: Ledger = {
      images: clean.slice(),
      score: new Float32Array(n).fill(Infinity),
      forwards: new Int32Array(n).fill(1),
      backwards: new Int32Array(n),
      zeroGradients: new Int32Array(n),
    };

    const { ascent, restarts: starts = 1, start: startAt = ({ center }: Party) => center.clone() } = plan;
    const restarts = Math.min(plan.rivals ?? 1, f.classes - 1) * starts;
    const enough = enoughOf(plan);
    const rivals = (rank: number) =>
      labels.map((label, i) => rivalAt(first.logits.subarray(i * f.classes, (i + 1) * f.classes), label, rank));
    const progress = { done: 0, total: restarts * (ascent.steps + 1) };
    const reins = { signal, onProgress };
    const expedition: Expedition = { who, f, aim, ledger, index, reins, rank: rankOf(plan), enough, progress };
    for (let restart = 0; restart < restarts; restart++) {
      const places = attacked.filter((i) => !(ledger.score[i] < enough));
      if (places.length === 0) break;
      const wanted = targets ?? (plan.rivals ? rivals(Math.floor(restart / starts)) : labels);
      const tensors = tidy(() => {
        const batch = padded(places);
        const center = imagesAt({ x: clean, shape }, batch);
        const party = { center, y: labelsAt(labels, batch), wanted: labelsAt(wanted, batch) };
        const key = { seed, index: Float64Array.from(batch, (i) => index[i]) };
        const found = tensor1d(batch.map((i) => (ledger.score[i] < 0 ? -1 / ledger.score[i] : Infinity)));
        return { ...party, start: startAt({ places, ...party }, restart, key, found) };
      });
      const { start, ...party } = tensors;
      try {
        await climb(expedition, { places, ...party }, start, ascent);
      } finally {
        release([tensors]);
      }
    }
    onProgress?.({ done: progress.total, total: progress.total, note: who });

    const length = clean.length / n;
    const part = (images: Float32Array, i: number) => images.subarray(i * length, (i + 1) * length);
    const distance = Float32Array.from({ length: n }, (_, i) =>
      drawInside(plan.norm, part(ledger.images, i), part(clean, i), plan.eps ?? Infinity),
    );
    const broken = Uint8Array.from(first.prediction, (prediction, i) => Number(isBroken(prediction, i)));
    const margin = first.margin.slice();
    if (attacked.length > 0) {
      const attackedLabels = attacked.map((i) => labels[i]);
      const last = await verdictOn(who, f, { x: ledger.images, shape }, attacked, attackedLabels);
      attacked.forEach((i, row) => {
        broken[i] = Number(isBroken(last.prediction[row], i));
        margin[i] = last.margin[row];
        ledger.forwards[i]++;
      });
    }
    const { forwards, backwards, zeroGradients } = ledger;
    return { x: tensor4d(ledger.images, shape), broken, distance, margin, forwards, backwards, zeroGradients };
  });
}

/** A gradient attack as a value: `options` are its own, all defaults resolved, and make the same attack again. */
export function asValue<Options extends { norm: Attack['norm'] }>(
  name: string,
  attack: (f: Classifier | BlackBox, x: Tensor4D, y: Tensor1D, options: Options & RunOptions) => Promise<AttackResult>,
  options: Options,
): Attack {
  const run: Attack['run'] = (f, x, y, reins) => attack(f, x, y, { ...options, ...reins });
  return { name, options, needs: 'gradient', norm: options.norm, run };
}
