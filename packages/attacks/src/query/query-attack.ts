import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Classifier,
  checkExamples,
  frozen,
  type RunOptions,
} from '@agoge/core';
import { type Tensor1D, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { aimOf, type LossName, type Targets, wantedLabels } from '../aim';
import { checkIndex } from '../index-of-examples';
import type { Rows } from '../rows';
import { verdictOn } from '../verdict';
import { checkTellsScores } from './ask';
import { carryOut, type Inquiry, type Search } from './search';

/** An attack that sees answers alone, with its options resolved. */
export interface QueryAttackPlan<Memory extends Rows, Noise extends Rows> {
  needs: 'scores' | 'labels';
  loss: LossName;
  targets?: Targets;
  search: Search<Memory, Noise>;
  /** Draws an image that was found back inside what is allowed, in place, and returns its distance from the clean one. */
  confine(x: Float32Array, center: Float32Array): number;
}

/**
 * Runs an attack that asks a model, classifier or black box, and sees its answers alone: the door, the clean images, the
 * search, the verdict.
 *
 * Whoever is broken on the clean image stays at distance 0 and is not attacked. In the end every image found is confined where
 * rounding put it outside, and asked about once more: that alone decides. So an example costs `2 + search.queries` queries, or
 * fewer where it leaves before.
 */
export async function queryAttack<Memory extends Rows, Noise extends Rows>(
  who: string,
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  plan: QueryAttackPlan<Memory, Noise>,
  { index: given, signal, onProgress }: RunOptions,
): Promise<AttackResult> {
  await checkExamples(who, f, x, y);
  if (plan.needs === 'scores') checkTellsScores(who, f);
  const n = x.shape[0];
  const index = checkIndex(who, given, n);
  const aim = aimOf(who, plan.loss, plan.targets, f);
  const targets = wantedLabels(who, plan.targets, index, f.classes);

  return frozen(f, async () => {
    const clean = { x: new Float32Array(await x.data()), shape: x.shape };
    const labels = Int32Array.from(await y.data());
    const everybody = [...labels.keys()];
    const isBroken = (prediction: number, i: number) =>
      targets ? prediction === targets[i] : prediction !== labels[i];
    const { prediction, margin } = await verdictOn(who, f, clean, everybody, labels);
    const attacked = everybody.filter((i) => !isBroken(prediction[i], i));
    const findings = {
      images: clean.x.slice(),
      worth: new Float32Array(n).fill(Infinity),
      forwards: new Int32Array(n).fill(1),
    };
    const reins = { signal, onProgress };
    const inquiry: Inquiry = { who, f, aim, clean, labels, wanted: targets ?? labels, index, findings, reins };
    if (attacked.length > 0) await carryOut(inquiry, attacked, plan.search);
    const { queries } = plan.search;
    onProgress?.({ done: queries, total: queries, note: who });

    const length = clean.x.length / n;
    const part = (images: Float32Array, i: number) => images.subarray(i * length, (i + 1) * length);
    const distance = Float32Array.from(everybody, (i) => plan.confine(part(findings.images, i), part(clean.x, i)));
    const broken = Uint8Array.from(everybody, (i) => Number(isBroken(prediction[i], i)));
    if (attacked.length > 0) {
      const found = { x: findings.images, shape: x.shape };
      const last = await verdictOn(
        who,
        f,
        found,
        attacked,
        attacked.map((i) => labels[i]),
      );
      attacked.forEach((i, row) => {
        broken[i] = Number(isBroken(last.prediction[row], i));
        margin[i] = last.margin[row];
        findings.forwards[i]++;
      });
    }
    const [images, forwards] = [tensor4d(findings.images, x.shape), findings.forwards];
    return { x: images, broken, distance, margin, forwards, backwards: new Int32Array(n) };
  });
}

type Run<Options> = (
  f: Classifier | BlackBox,
  x: Tensor4D,
  y: Tensor1D,
  options: Options & RunOptions,
) => Promise<AttackResult>;

/** An attack by queries as a value: `options` are its own, all defaults resolved, and make the same attack again. */
export function asQueryValue<Options extends Readonly<Record<string, unknown>>>(
  { name, needs, norm }: Pick<Attack, 'name' | 'needs' | 'norm'>,
  attack: Run<Options>,
  options: Options,
): Attack {
  const run: Attack['run'] = (f, x, y, reins) => attack(f, x, y, { ...options, ...reins });
  return { name, options, needs, norm, run };
}
