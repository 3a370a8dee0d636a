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
  partOf,
  type Rules,
  required,
  runRules,
  step,
} from '@agoge/core';
import { ballRules } from '../ball-options';
import { type Check, type Measure, unchecked } from './check';
import { budgetChecks, budgetMeasures, rangeOf, rivalChecks, rivalMeasures } from './comparisons';
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
  /** Steps of gradient attacks, 20 at least. Default 50 (ours; AutoAttack's are 100). */
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
  steps: integer({ min: 20 }),
  queries: integer({ min: 1 }),
  surrogate: fn,
  seed: runRules.seed,
  signal: runRules.signal,
  onProgress: runRules.onProgress,
};

const stages = ['outputs', 'gradients', 'paths', 'black boxes', 'budgets'];

/** The checks of a stage; not made, and why, where gradients cannot be used or the model fails an attack. */
async function attempt(
  measures: Readonly<Record<string, Measure>>,
  unusable: string | undefined,
  stage: () => Promise<Check[]>,
): Promise<Check[]> {
  const none = (why: string) => Object.values(measures).map((each) => unchecked(each, why));
  if (unusable) return none(unusable);
  try {
    return await stage();
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return none(`An attack could not be run: ${error.message}.`);
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
 * @throws TypeError, RangeError for options and data; ModelError for a black box; the signal's reason
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
  const onProgress = (progress: Progress) =>
    partOf(options.onProgress, done, stages.length)?.({ ...progress, note: stages[done] });
  const exam: Exam = {
    ...{ who, f: counting(f, spent), batch, data: asData(data, batch), spent },
    ...{ norm, eps: Math.min(eps, range), range, batchSize, steps, queries, seed, reins: { signal, onProgress } },
  };
  const finish = async (checks: Check[]) => {
    done++;
    await step({ signal, onProgress: options.onProgress }, { done, total: stages.length });
    return checks;
  };

  const first = await firstExamples(exam.data, batchSize);
  const [seen] = await inBlocks({ ...exam, batch: first }, (patients) => outputChecks(exam, patients));
  const outputs = await finish(seen);
  if (outputs.some(({ name, verdict }) => name === outputMeasures.probabilities.name && verdict === 'warning')) {
    exam.f = fromProbabilities(exam.f, { classes: f.classes, bounds: f.bounds, weights: exam.f.weights });
  }
  const { checks, unusable } = await gradientChecks(exam);
  const gradients = await finish(checks);
  const paths = await finish(await attempt(pathMeasures, unusable, () => pathChecks(exam)));
  const rivals = await finish(await attempt(rivalMeasures, undefined, () => rivalChecks(exam, surrogate, unusable)));
  const budgets = await finish(await attempt(budgetMeasures, unusable, () => budgetChecks(exam)));
  return {
    checks: [outputs, gradients, paths, rivals, budgets].flat(),
    examples: batch.y.length,
    passes: { ...spent },
  };
}
