import type { Attack, Classifier, NormName } from '@agoge/core';
import { apgdAttack } from '../apgd';
import { noiseAttack } from '../noise';
import { pgdAttack } from '../pgd';
import { isRobust } from '../runner/records';
import type { RunnerResult } from '../runner/run-options';
import { runAttacks } from '../runner/runner';
import { squareAttack } from '../square';
import { verdictOn } from '../verdict';
import { type Check, judged, type Measure, of, unchecked } from './check';
import type { Exam } from './exam';

const unmask =
  'Gradients mislead: attack through what hides them (`bpda`, `eot`), and report the worst of all attacks, black boxes among them.';

/** Of what needs no gradient. */
export const rivalMeasures = {
  blackBox: {
    name: 'black box beats gradients',
    measures: 'share of examples that noise or Square breaks, and APGD with two losses does not',
    threshold: 0.002,
    source: "AutoAttack's flag for Square, 0.002",
    remedy: unmask,
  },
  transferFails: {
    name: 'transfer failure',
    measures: 'share of the images that break the surrogate and do not break the classifier',
    threshold: 0.5,
    source: 'Pintor et al., Indicators of attack failure; the share is ours',
    remedy:
      'What is measured through this surrogate says little of the classifier: take one that answers more as it does, or `bpda`.',
  },
  transferBeats: {
    name: 'surrogate beats gradients',
    measures: "share of examples that the surrogate's images break, and APGD on the classifier does not",
    threshold: 0.002,
    source: "ours, with the 0.002 of AutoAttack's flag for Square",
    remedy: unmask,
  },
} as const satisfies Record<string, Measure>;

/** Of attackers who may do more and more. */
export const budgetMeasures = {
  steps: {
    name: 'more steps help the defender',
    measures: 'robust accuracy after PGD of all steps, less that after a fifth of them',
    threshold: 0.05,
    source: 'Carlini et al., On evaluating adversarial robustness; the threshold is ours',
    remedy: 'More steps should break more: look for random answers, and for gradients that lead away.',
  },
  eps: {
    name: 'more eps helps the defender',
    measures: 'largest rise of robust accuracy from a radius (eps / 2, eps, 2 eps, 4 eps, all) to a larger one',
    threshold: 0.05,
    source: 'Carlini et al., On evaluating adversarial robustness; the threshold is ours',
    remedy: 'A larger ball holds the smaller one: attacks lose their way in it, so gradients are masked.',
  },
  saturation: {
    name: 'robust at eps = range',
    measures: 'accuracy after PGD of 100 steps that may change every pixel at will, less that of chance',
    threshold: 0,
    source: "ART's check: more than chance is left",
    remedy: unmask,
  },
  unconstrained: {
    name: 'unconstrained attack fails',
    measures: 'share of examples that neither that PGD nor APGD on the margin breaks',
    threshold: 0,
    source: 'Pintor et al., Indicators of attack failure',
    remedy: unmask,
  },
} as const satisfies Record<string, Measure>;

const saturatingSteps = 100;
/** Noise tried of each example. */
const noises = 100;

const whole: Record<NormName, (width: number, pixels: number) => number> = {
  linf: (width) => width,
  l2: (width, pixels) => width * Math.sqrt(pixels),
  l1: (width, pixels) => width * pixels,
};

/** The radius of a ball around any image that holds all images of the bounds. */
export const rangeOf = (norm: NormName, [low, high]: Classifier['bounds'], pixels: number): number =>
  whole[norm](high - low, pixels);

/** Runs attacks one after another on who is left, of the classifier or of another. */
async function run(exam: Exam, attacks: readonly Attack[], f = exam.f, keep = 0): Promise<RunnerResult> {
  const { data, batchSize, seed, reins, spent } = exam;
  const result = await runAttacks(f, data, attacks, { batchSize, seed, keep, ...reins });
  if (f === exam.f) for (const { backwards } of result.attacks) spent.backwards += backwards;
  return result;
}

const accuracy = ({ records }: RunnerResult): number => records.filter(isRobust).length / records.length;
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

const pgdOf = ({ norm }: Exam, eps: number, steps: number) => pgdAttack({ norm, eps, steps, start: 'zero' });

/**
 * Whether black boxes, or images that break a surrogate, break what gradients do not.
 *
 * @param unusable why the gradients cannot be used, where they cannot: then, what the others break at all
 */
export async function rivalChecks(exam: Exam, surrogate?: Classifier, unusable?: string): Promise<Check[]> {
  const { norm, eps, steps, queries } = exam;
  const seeing = unusable
    ? []
    : [apgdAttack({ norm, eps, steps }), apgdAttack({ norm, eps, steps, loss: exam.f.classes < 3 ? 'margin' : 'dlr' })];
  const blind = [noiseAttack({ norm, eps, queries: noises }), squareAttack({ norm, eps, queries })];
  const white = await run(exam, [...seeing, ...blind]);
  const more = white.attacks.slice(seeing.length).reduce((total, { newlyBroken }) => total + newlyBroken, 0);
  const n = white.records.length;
  const says = `Noise and Square broke ${of(more, n)} that gradient attacks had left${unusable ? ', which could not be run' : ''}.`;
  return [judged(rivalMeasures.blackBox, more / n, says), ...(await transferChecks(exam, surrogate, white))];
}

/** Whether an attacker who may do more achieves less. */
export async function budgetChecks(exam: Exam): Promise<Check[]> {
  const { eps, steps, range } = exam;
  const few = Math.max(1, Math.round(steps / 5));
  const short = accuracy(await run(exam, [pgdOf(exam, eps, few)]));
  const radii = [...new Set([eps / 2, eps, 2 * eps, 4 * eps].map((each) => Math.min(each, range)))];
  const curve: number[] = [];
  for (const radius of radii) curve.push(accuracy(await run(exam, [pgdOf(exam, radius, steps)])));
  const long = curve[radii.indexOf(eps)];
  const all = await run(exam, [
    pgdOf(exam, range, saturatingSteps),
    apgdAttack({ norm: exam.norm, eps: range, steps: saturatingSteps, loss: 'margin' }),
  ]);
  const n = all.records.length;
  const left = all.attacks[0].attempted - all.attacks[0].newlyBroken;
  const still = left - all.attacks[1].newlyBroken;
  curve.push(left / n);
  const rise = Math.max(0, ...curve.flatMap((later, i) => curve.slice(0, i).map((before) => later - before)));
  const chance = 1 / exam.f.classes;
  return [
    judged(
      budgetMeasures.steps,
      long - short,
      `${percent(short)} are left after ${few} steps, ${percent(long)} after ${steps}.`,
    ),
    judged(budgetMeasures.eps, rise, `Left from the smallest radius to the largest: ${curve.map(percent).join(', ')}.`),
    judged(
      budgetMeasures.saturation,
      left / n - chance,
      `${percent(left / n)} are left where every pixel is free; chance is ${percent(chance)}.`,
    ),
    judged(
      budgetMeasures.unconstrained,
      still / n,
      `${of(still, n)} withstand attacks that may change every pixel at will.`,
    ),
  ];
}

/** What images that break a surrogate do to the classifier. */
async function transferChecks(exam: Exam, surrogate: Classifier | undefined, white: RunnerResult): Promise<Check[]> {
  const { transferFails, transferBeats } = rivalMeasures;
  const kinds = [transferFails, transferBeats];
  if (!surrogate) return kinds.map((each) => unchecked(each, 'No surrogate was given.'));
  const { norm, eps, steps, who, f, batch } = exam;
  const { images } = await run(exam, [apgdAttack({ norm, eps, steps })], surrogate, batch.y.length);
  const meant = images.flatMap(({ attack }, i) => (attack !== null && white.records[i].correct ? [i] : []));
  if (meant.length === 0) return kinds.map((each) => unchecked(each, 'No image breaks the surrogate.'));
  const x = Float32Array.from(images.flatMap(({ adversarial }) => [...adversarial]));
  const labels = meant.map((i) => batch.y[i]);
  const { prediction } = await verdictOn(who, f, { x, shape: batch.shape }, meant, labels);
  const carried = meant.filter((_, row) => prediction[row] !== labels[row]);
  const beyond = carried.filter((i) => white.records[i].brokenBy !== 'apgd').length;
  const n = batch.y.length;
  return [
    judged(
      transferFails,
      1 - carried.length / meant.length,
      `Of ${meant.length} images that break the surrogate ${carried.length} break the classifier.`,
    ),
    judged(transferBeats, beyond / n, `The surrogate's images break ${of(beyond, n)} that APGD had left.`),
  ];
}
