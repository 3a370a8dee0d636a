import type { Classifier } from '@agoge/core';
import { concat, fill, neg, reverse, slice, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { margin } from '../losses';
import { ask } from '../query/ask';
import { type Check, judged, type Measure, of, unchecked } from './check';
import type { Exam, Patients } from './exam';
import { gradientOrNone } from './gradients';
import { watchEngine } from './watch-engine';

const drifts = 'largest distance between two answers for one image, logits scaled to length 1';
const alpha = 1e-4;

export const outputMeasures = {
  finite: {
    name: 'outputs that are not finite',
    measures: 'share of examples whose outputs hold NaN or infinity',
    threshold: 0,
    source: 'ours',
    remedy:
      'Look for overflow and divisions by 0 in the forward pass; check the weights, and how images are normalised.',
  },
  random: {
    name: 'randomised output',
    measures: drifts,
    threshold: alpha,
    source: "AutoAttack's flag: 5 passes, 1e-4",
    remedy:
      'Switch off dropout and noise at inference, or measure the mean over draws: `eot`, the option `eotSamples` of apgd, autoAttack with version "rand".',
  },
  probabilities: {
    name: 'softmax output',
    measures: 'share of examples whose outputs are in [0, 1] and sum to 1',
    threshold: 0.5,
    source: "AutoAttack's flag, within 1e-5; it asks it of all examples",
    remedy:
      'Give the model without its softmax; `fromProbabilities` if the logits cannot be had. Gradients of a softmax that is sure of itself round to 0.',
  },
  composition: {
    name: 'dependence on the batch',
    measures: `${drifts}, among other images`,
    threshold: alpha,
    source: 'ours; the distance and 1e-4 of the flag for randomised output',
    remedy:
      'Run normalisation with its running statistics (eval mode). Otherwise an image is safe or not by what lies beside it, and a verdict means nothing.',
  },
  state: {
    name: 'state at inference',
    measures: `${drifts}, before and after other images and gradients`,
    threshold: alpha,
    source: 'ours; the distance and 1e-4 of the flag for randomised output',
    remedy:
      'Make the forward pass a function of the image alone: statistics, caches and counters must not change with it.',
  },
  optimisation: {
    name: 'optimisation at inference',
    measures: 'gradients taken within one forward pass',
    threshold: 0,
    source: "AutoAttack's flag for dynamic defences",
    remedy:
      'Attack through the whole loop (with `bpda` where it has no gradient), or the model behind it as well; attacks that do not know of the loop overstate its robustness.',
  },
  classes: {
    name: 'classes for the difference of logits ratio',
    measures: 'classes short of the 4 that it needs with targets',
    threshold: 0,
    source: "AutoAttack's flag: 3 classes untargeted, 4 with targets",
    remedy:
      'Nothing with our attacks, where the margin stands in for it; figures for this loss from elsewhere do not compare.',
  },
} as const satisfies Record<string, Measure>;

/** Classes that the difference of logits ratio needs, with targets. */
const wanted = 4;
const passes = 5;
const tiny = 1e-30;

/** The largest distance of two rows of the same place, each scaled to length 1. */
function drift(a: Float32Array, b: Float32Array, rows: number, classes: number): number {
  const unit = (values: Float32Array, row: number) => {
    const part = [...values.subarray(row * classes, (row + 1) * classes)];
    const size = Math.max(Math.hypot(...part), tiny);
    return part.map((each) => each / size);
  };
  const distances = Array.from({ length: rows }, (_, row) => {
    const other = unit(b, row);
    return Math.hypot(...unit(a, row).map((each, k) => each - other[k]));
  });
  return Math.max(...distances);
}

async function logitsOf({ who, f }: Pick<Exam, 'who' | 'f'>, x: Tensor4D): Promise<Float32Array> {
  const scores = await ask(who, f, x);
  try {
    return await scores.data<'float32'>();
  } finally {
    scores.dispose();
  }
}

/** A pass over images that a body makes of others. */
async function logitsOfMade(exam: Exam, make: () => Tensor4D): Promise<Float32Array> {
  const x = tidy(make);
  try {
    return await logitsOf(exam, x);
  } finally {
    x.dispose();
  }
}

/** Whether rows are probabilities, as AutoAttack asks it. */
const isDistribution = (row: Float32Array) =>
  row.every((each) => each > -1e-5 && each < 1 + 1e-5) &&
  Math.abs(row.reduce((total, each) => total + each, 0) - 1) < 1e-5;

/** How many gradients one forward pass takes. */
function innerGradients(f: Classifier, x: Tensor4D): number {
  let taken = 0;
  watchEngine(
    'gradients',
    () => taken++,
    () => tidy(() => void f(x)),
  );
  return taken;
}

/** Looks at answers alone: are they logits, and of the image alone? */
export async function outputChecks(exam: Exam, { x, y, places }: Patients): Promise<Check[]> {
  const { f, spent, batch } = exam;
  const { finite, random, probabilities, composition, state, optimisation, classes } = outputMeasures;
  const rows = places.length;
  const apart = (a: Float32Array, b: Float32Array) => drift(a, b, rows, f.classes);
  const answers: Float32Array[] = [];
  for (let pass = 0; pass < passes; pass++) answers.push(await logitsOf(exam, x));
  const [first] = answers;
  const rowOf = (row: number) => first.subarray(row * f.classes, (row + 1) * f.classes);
  const wild = places.filter((_, row) => !rowOf(row).every(Number.isFinite)).length;
  const sums = places.filter((_, row) => isDistribution(rowOf(row))).length;
  const taken = innerGradients(f, x);
  const checks = [
    judged(finite, wild / rows, `The outputs of ${of(wild, rows)} are not finite.`),
    judged(probabilities, sums / rows, `The outputs of ${of(sums, rows)} sum to 1 within [0, 1].`),
    judged(classes, Math.max(0, wanted - f.classes), `The classifier has ${f.classes} classes.`),
    judged(optimisation, taken, `One forward pass takes ${taken} gradients.`),
  ];
  if (wild > 0) {
    const why = 'Outputs are not finite.';
    return [...checks, ...[random, composition, state].map((each) => unchecked(each, why))];
  }
  const wavers = Math.max(...answers.flatMap((a, i) => answers.slice(i + 1).map((b) => apart(a, b))));
  checks.push(
    judged(random, wavers, `${passes} passes over ${of(rows, batch.y.length)} ${wavers > alpha ? 'differ' : 'agree'}.`),
  );
  if (wavers > alpha) {
    const why = 'The answers are random: what else moves them cannot be told.';
    return [...checks, unchecked(composition, why), unchecked(state, why)];
  }

  const after: number[] = [];
  // Where there is no gradient, a check of its own tells of it.
  const seen = gradientOrNone(f, x, (logits) => neg(margin(logits, y)));
  if (!(seen instanceof Error)) {
    spent.backwards += x.shape[0];
    for (const each of [seen.logits, seen.loss, seen.gradient]) each.dispose();
  }
  after.push(apart(first, await logitsOf(exam, x)));
  await logitsOfMade(exam, () => fill([...x.shape], f.bounds[1]) as Tensor4D);
  after.push(apart(first, await logitsOf(exam, x)));
  const worst = Math.max(...after);
  const how = worst > alpha ? 'are others' : 'are the same';
  checks.push(judged(state, worst, `Answers ${how} after gradients have been taken and other images seen.`));
  if (worst > alpha) return [...checks, unchecked(composition, 'Answers change with what came before.')];

  const half = Math.ceil(x.shape[0] / 2);
  const [, ...item] = x.shape;
  const among = await logitsOfMade(exam, () =>
    concat([slice(x, 0, half), fill([x.shape[0] - half, ...item], f.bounds[0]) as Tensor4D]),
  );
  const reversed = await logitsOfMade(exam, () => reverse(x, 0));
  const inReverse = new Float32Array(reversed.length);
  for (let row = 0; row < x.shape[0]; row++) {
    const from = (x.shape[0] - 1 - row) * f.classes;
    inReverse.set(reversed.subarray(from, from + f.classes), row * f.classes);
  }
  const moved = Math.max(drift(first, among, Math.min(half, rows), f.classes), apart(first, inReverse));
  const verb = moved > alpha ? 'change' : 'do not change';
  checks.push(judged(composition, moved, `Answers ${verb} with the other images of the batch and their order.`));

  return checks;
}
