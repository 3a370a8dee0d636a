import { type Classifier, type Rule, refusal, said } from '@agoge/core';
import { neg, type Tensor1D, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { crossEntropy, dlr, dlrTargeted, margin } from './losses';

export type LossName = 'ce' | 'margin' | 'dlr';

/** Labels wanted: one for all examples, or a list by absolute example number. */
export type Targets = number | readonly number[] | Int32Array;

type PerExample = (logits: Tensor2D, y: Tensor1D, wanted: Tensor1D) => Tensor1D;

/** What an attack is after; all `[n]`. `wanted` are the targets, of an untargeted attack the labels again. */
export interface Aim {
  /** What is ascended. */
  loss: PerExample;
  /** How far an example is from broken: negative where it is. */
  score: PerExample;
}

const untargeted: Record<LossName, PerExample> = {
  ce: crossEntropy,
  margin: (logits, y) => tidy(() => neg(margin(logits, y))),
  dlr,
};
const targeted: Record<LossName, PerExample> = {
  ce: (logits, _, wanted) => tidy(() => neg(crossEntropy(logits, wanted))),
  margin: (logits, _, wanted) => margin(logits, wanted),
  dlr: dlrTargeted,
};

/** Classes that the difference of logits ratio needs. */
const neededClasses = (isTargeted: boolean) => (isTargeted ? 4 : 3);

/** The loss itself, or the margin where it is the difference of logits ratio and there are too few classes for that. */
export const fittingLoss = (name: LossName, isTargeted: boolean, classes: number): LossName =>
  name === 'dlr' && classes < neededClasses(isTargeted) ? 'margin' : name;

function checkClasses(
  who: string,
  name: LossName,
  isTargeted: boolean,
  { classes }: Pick<Classifier, 'classes'>,
): void {
  if (fittingLoss(name, isTargeted, classes) === name) return;
  const kind = isTargeted ? 'loss "dlr" with targets' : 'loss "dlr"';
  const needed = `at least ${neededClasses(isTargeted)} classes`;
  throw said(new RangeError(`${who}: ${kind} needs ${needed}, the classifier has ${classes}: use "margin"`));
}

/** The aim of an attack that goes for one class after another and is content with any. */
export function rivalAim(who: string, name: LossName, f: Pick<Classifier, 'classes'>): Aim {
  checkClasses(who, name, true, f);
  return { loss: targeted[name], score: margin };
}

/** The aim of a loss by name: away from the label, or towards a target. */
export function aimOf(who: string, name: LossName, targets: Targets | undefined, f: Pick<Classifier, 'classes'>): Aim {
  checkClasses(who, name, targets !== undefined, f);
  return targets === undefined
    ? { loss: untargeted[name], score: margin }
    : { loss: targeted[name], score: (logits, _, wanted) => tidy(() => neg(margin(logits, wanted))) };
}

const isLabel = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;

/** The rule of the option `targets`. */
export const targetsRule: Rule = {
  expected: 'a label, or an array or Int32Array of labels by example number',
  test(value) {
    if (typeof value === 'number') return isLabel(value) ? 'ok' : 'range';
    if (!(Array.isArray(value) || value instanceof Int32Array)) return 'kind';
    return Array.from(value).every(isLabel) ? 'ok' : 'range';
  },
};

/** The label wanted of each example, or undefined where the attack is untargeted. */
export function wantedLabels(
  who: string,
  targets: Targets | undefined,
  index: Float64Array,
  classes: number,
): Int32Array | undefined {
  if (targets === undefined) return undefined;
  return Int32Array.from(index, (example) => {
    const label = typeof targets === 'number' ? targets : targets[example];
    if (label !== undefined && label < classes) return label;
    const what = typeof targets === 'number' ? 'targets' : `targets[${example}]`;
    throw said(new RangeError(refusal(who, what, `a whole number from 0 to ${classes - 1}`, label)));
  });
}
