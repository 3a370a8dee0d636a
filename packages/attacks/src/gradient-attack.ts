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
  type NormName,
  type RunOptions,
} from '@agoge/core';
import { type Tensor1D, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { aimOf, type LossName, type Targets, wantedLabels } from './aim';
import { type Ascent, climb, type Expedition, type Ledger, type Party } from './climb';
import { checkIndex } from './index-of-examples';
import { drawInside } from './inside-ball';
import { imagesAt, labelsAt, padded, release } from './rows';
import { verdictOn } from './verdict';

/** A gradient attack with its options resolved. */
export interface GradientAttackPlan {
  norm: NormName;
  eps: number;
  loss: LossName;
  targets?: Targets;
  restarts: number;
  ascent: Ascent;
  /** Where a restart begins. Called within a tidy. */
  start(party: Party, restart: number, key: { seed: number; index: Float64Array }): Tensor4D;
}

/**
 * Runs a gradient attack: the door, the clean images, restarts on who is left, the verdict.
 *
 * Whoever is broken on the clean image stays at distance 0 and is not attacked. In the end every image found is drawn inside
 * ball and box where rounding put it outside, and classified once more: that alone decides.
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
  const aim = aimOf(who, plan.loss, plan.targets, f);
  const targets = wantedLabels(who, plan.targets, index, f.classes);
  await ensureGradients();

  return frozen(f, async () => {
    const clean = new Float32Array(await x.data());
    const labels = Int32Array.from(await y.data());
    const wanted = targets ?? labels;
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

    const { ascent, restarts } = plan;
    const progress = { done: 0, total: restarts * (ascent.steps + 1) };
    const expedition: Expedition = { who, f, aim, ledger, index, reins: { signal, onProgress }, progress };
    for (let restart = 0; restart < restarts; restart++) {
      const places = attacked.filter((i) => !(ledger.score[i] < 0));
      if (places.length === 0) break;
      const tensors = tidy(() => {
        const batch = padded(places);
        const center = imagesAt({ x: clean, shape }, batch);
        const party = { center, y: labelsAt(labels, batch), wanted: labelsAt(wanted, batch) };
        const key = { seed, index: Float64Array.from(batch, (i) => index[i]) };
        return { ...party, start: plan.start({ places, ...party }, restart, key) };
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
      drawInside(plan.norm, part(ledger.images, i), part(clean, i), plan.eps),
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
export function asValue<Options extends { norm: NormName }>(
  name: string,
  attack: (f: Classifier | BlackBox, x: Tensor4D, y: Tensor1D, options: Options & RunOptions) => Promise<AttackResult>,
  options: Options,
): Attack {
  const run: Attack['run'] = (f, x, y, reins) => attack(f, x, y, { ...options, ...reins });
  return { name, options, needs: 'gradient', norm: options.norm, run };
}
