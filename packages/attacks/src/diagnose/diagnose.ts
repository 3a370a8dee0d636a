import {
  type Batches,
  type BlackBox,
  type Classifier,
  checkFit,
  checkOptions,
  ensureGradients,
  fn,
  fromProbabilities,
  integer,
  isBlackBox,
  ModelError,
  type NormName,
  number,
  type Progress,
  type Rules,
  required,
  runRules,
  step,
} from '@agoge/core';
import { ballRules } from '../ball-options';
import type { RunnerResult } from '../runner';
import { type Check, type Measure, unchecked } from './check';
import { blackBoxChecks, budgetChecks, comparisonMeasures, rangeOf, transferChecks } from './comparisons';
import { asData, counting, type Exam, firstExamples, inBlocks } from './exam';
import { gradientChecks } from './gradients';
import { outputChecks, outputMeasures } from './outputs';
import { pathChecks, pathMeasures } from './path';

export interface DiagnoseOptions {
  /** Norm of the ball that attacks are held to. Default `linf`. */
  norm?: NormName;
  /** Its radius, in pixel units: the one that robustness is claimed for. */
  eps: number;
  /** The first so many examples. Default 64 (ours). */
  examples?: number;
  /** Examples computed together: memory grows with it. Default 64. */
  batchSize?: number;
  /** Steps of gradient attacks. Default 50 (ours; AutoAttack's are 100). */
  steps?: number;
  /** Queries of Square. Default 500 (ours; AutoAttack's are 5,000). */
  queries?: number;
  /** Another classifier, without what may hide gradients: images that break it are tried on this one. Default: none. */
  surrogate?: Classifier;
  /** Key of all noise. Default 0. */
  seed?: number;
  /** Ends it at the next step. */
  signal?: AbortSignal;
  onProgress?(progress: Progress): void;
}

/** What a diagnosis found; as JSON. */
export interface Diagnosis {
  checks: Check[];
  /** Examples that it rests on. */
  examples: number;
  /** Passes over all examples together: images classified, and images that a gradient was taken of. */
  passes: { forwards: number; backwards: number };
}

const rules: Rules = {
  norm: ballRules.norm,
  eps: required(number({ above: 0 })),
  examples: integer({ min: 1 }),
  batchSize: integer({ min: 1 }),
  steps: integer({ min: 5 }),
  queries: integer({ min: 1 }),
  surrogate: fn,
  seed: runRules.seed,
  signal: runRules.signal,
  onProgress: runRules.onProgress,
};

const stages = ['outputs', 'gradients', 'paths', 'black boxes', 'budgets', 'transfer'];
const { blackBox, transferBeats, transferFails, ...budgetMeasures } = comparisonMeasures;

/** Checks that a stage makes; not checked, where the model fails an attack. */
async function attempt(measures: Readonly<Record<string, Measure>>, stage: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await stage();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    const why = `An attack could not be run: ${error.message}.`;
    return Object.values(measures).map((each) => unchecked(each, why));
  }
}

/**
 * Looks for the ways in which a robust accuracy can be an illusion: answers that are random, hang on the batch or are
 * probabilities; gradients that are missing, 0 or rough; attacks that fail where they cannot; black boxes that beat gradients.
 *
 * It says what is doubtful, never that a model is robust. Each check has a verdict, the number it rests on, its threshold
 * with source, and a remedy. What cannot be checked (on random answers, without gradients or a `surrogate`) says why.
 *
 * Croce and Hein's flags of AutoAttack; Pintor et al., Indicators of attack failure (NeurIPS 2022); Carlini et al., On
 * evaluating adversarial robustness (2019).
 *
 * @param f the classifier; outputs that are probabilities are told of, and their logarithms taken for logits from there
 * @param data what it is meant for, of the same classes and bounds
 * @throws TypeError, RangeError for options and data; ModelError for a black box, and for logits that are not finite; the
 * signal's reason
 * @example
 * const { checks } = await diagnose(f, data, { eps: 8 / 255 });
 * console.log(checks.filter(({ verdict }) => verdict === 'warning').map(({ name, remedy }) => `${name}: ${remedy}`));
 */
export async function diagnose(f: Classifier | BlackBox, data: Batches, options: DiagnoseOptions): Promise<Diagnosis> {
  const who = 'diagnose';
  checkOptions(who, options, rules);
  checkFit(who, 'data', f, data);
  if (isBlackBox(f)) throw new ModelError(who, 'needs a classifier of tfjs ops, and a black box is none');
  const { norm = 'linf', eps, batchSize = 64, steps = 50, queries = 500, seed = 0, surrogate, signal } = options;
  if (surrogate) checkFit(who, 'data', surrogate, data);
  await ensureGradients();
  const batch = await firstExamples(data, Math.min(options.examples ?? 64, data.examples), signal);
  const spent = { forwards: 0, backwards: 0 };
  const range = rangeOf(norm, f.bounds, batch.x.length / batch.y.length);
  let done = 0;
  const onProgress = (progress: Progress) => {
    const share = Math.min(progress.done / Math.max(progress.total, 1), 1);
    options.onProgress?.({ done: done + share, total: stages.length, note: stages[done] });
  };
  const exam: Exam = {
    ...{ who, f: counting(f, spent), batch, data: asData(data, batch), spent },
    ...{ norm, eps: Math.min(eps, range), range, batchSize, steps, queries, seed, reins: { signal, onProgress } },
  };
  const finish = async () => {
    done++;
    await step({ signal }, undefined);
    options.onProgress?.({ done, total: stages.length });
  };

  const [outputs] = await inBlocks({ ...exam, batch: head(exam) }, (patients) => outputChecks(exam, patients));
  if (outputs.some(({ name, verdict }) => name === outputMeasures.probabilities.name && verdict === 'warning')) {
    exam.f = fromProbabilities(exam.f, { classes: f.classes, bounds: f.bounds, weights: exam.f.weights });
  }
  await finish();
  const { checks: gradients, unusable } = await gradientChecks(exam);
  const idle = (measures: Readonly<Record<string, Measure>>, why: string) =>
    Object.values(measures).map((each) => unchecked(each, why));
  await finish();
  const paths = unusable ? idle(pathMeasures, unusable) : await attempt(pathMeasures, () => pathChecks(exam));
  await finish();
  let white: RunnerResult | undefined;
  const black = await attempt({ blackBox }, async () => {
    const found = await blackBoxChecks(exam, unusable);
    white = found.white;
    return found.checks;
  });
  await finish();
  const budgets = unusable ? idle(budgetMeasures, unusable) : await attempt(budgetMeasures, () => budgetChecks(exam));
  await finish();
  const known = white;
  const transfer = known
    ? await attempt({ transferBeats, transferFails }, () => transferChecks(exam, surrogate, known))
    : idle({ transferBeats, transferFails }, 'The attacks to compare with could not be run.');
  await finish();
  const checks = [outputs, gradients, paths, black, budgets, transfer].flat();
  return { checks, examples: batch.y.length, passes: { ...spent } };
}

/** The examples of the first block. */
function head({ batch, batchSize }: Exam): Exam['batch'] {
  const n = Math.min(batchSize, batch.y.length);
  const [, ...item] = batch.shape;
  const length = batch.x.length / batch.y.length;
  return {
    x: batch.x.subarray(0, n * length),
    shape: [n, ...item],
    y: batch.y.subarray(0, n),
    index: batch.index.subarray(0, n),
  };
}
