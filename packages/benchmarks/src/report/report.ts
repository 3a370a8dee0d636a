import type { History } from '@agoge/adv-train';
import type { Diagnosis } from '@agoge/attacks';
import { arrayOf, checkOptions, checkValue, object, type Rule, required, string } from '@agoge/core';
import type { EpsCurve } from '../eps-curves';
import type { EvaluationResult } from '../evaluation-result';
import type { ActivationCurve } from './activation-shapes';
import { page } from './page';

export interface ReportOptions {
  /** Default `Robust accuracy`. */
  title?: string;
  /** How each model was trained, by the name it has in its result. */
  histories?: Readonly<Record<string, History>>;
  /** Activations to draw, the learned ones among them. */
  activations?: readonly ActivationCurve[];
  /** Curves over eps beside those that the results hold, such as `securityCurve` of `@agoge/attacks` gives. */
  curves?: readonly EpsCurve[];
  /** What `diagnose` of `@agoge/attacks` found of each model, by the name it has in its result. */
  diagnoses?: Readonly<Record<string, Diagnosis>>;
  /** Names of the classes, by label. Default: the labels. */
  classNames?: readonly string[];
}

const resultList: Rule = {
  expected: 'a list of one result or more, as evaluate gives',
  test(value) {
    if (!Array.isArray(value)) return 'kind';
    if (!value.every((each) => String(each?.schema).startsWith('agoge/evaluation@'))) return 'kind';
    return value.length > 0 ? 'ok' : 'range';
  },
};

/**
 * Writes results as one HTML page: a summary with intervals, accuracy over eps, what each attack took, each class and what it
 * was taken for, images, a diagnosis in words, training curves, activation shapes, warnings, and how it was measured.
 *
 * The page asks the network for nothing and runs one script, which sorts tables (its content policy forbids all else; without
 * the script it reads as well); every text of a result is escaped. Results of one model at several eps give a curve by
 * themselves ({@link EpsCurve}). The charts are drawn by Observable Plot as SVG.
 *
 * @param results as {@link evaluate} gives or {@link readResult} reads them
 * @returns the page; the same for the same results
 * @throws TypeError for options; FormatError for images that are not what their shape says
 * @example
 * const page = await writeReport([standard, robust], { histories: { standard: history } });
 */
export async function writeReport(results: readonly EvaluationResult[], options: ReportOptions = {}): Promise<string> {
  checkValue('writeReport', 'results', results, required(resultList));
  checkOptions('writeReport', options, {
    title: string,
    histories: object,
    activations: object,
    curves: arrayOf(object),
    diagnoses: object,
    classNames: arrayOf(string),
  });
  const {
    title = 'Robust accuracy',
    histories = {},
    activations = [],
    curves = [],
    diagnoses = {},
    classNames,
  } = options;
  // Loaded here, so that a program that only evaluates loads no charts.
  const { reportBody } = await import('./body');
  return page(title, await reportBody(results, { title, histories, activations, curves, diagnoses, classNames }));
}
