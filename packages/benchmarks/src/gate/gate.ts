import { arrayOf, checkOptions, checkValue, number, type Rule, required, string } from '@agoge/core';
import type { EvaluationResult } from '../evaluation-result';
import { percent } from '../percent';
import { type Doubt, doubtsOf } from './doubts';

export interface GateOptions {
  /** Least robust accuracy, from 0 to 1, that the lower end of the 95 % interval must reach. */
  atLeast: number;
  /** Doubts that are looked into and taken. Default: none. */
  allow?: readonly Doubt['code'][];
}

/** Whether a result may pass, and why. */
export interface GateVerdict {
  passed: boolean;
  /** The lower end of the interval, which is what counts. */
  bound: number;
  /** What speaks against the number and was not allowed. */
  doubts: Doubt[];
  /** All of it in words, for a log. */
  message: string;
}

const evaluationResult: Rule = {
  expected: 'a result, as evaluate gives',
  test: (value) => (String((value as EvaluationResult | null)?.schema).startsWith('agoge/evaluation@') ? 'ok' : 'kind'),
};

/**
 * Judges a result for a pipeline: the lower end of the 95 % interval of its robust accuracy must reach `atLeast`, and nothing
 * may speak against the number ({@link doubtsOf}): an accuracy that no strong attack has tried is no reason to ship.
 *
 * The bound counts and not the mean, since the mean of few images is luck: of 100 images that stand at 45 %, the bound is 35.6 %.
 *
 * @param result as {@link evaluate} gives or {@link readResult} reads
 * @throws TypeError, RangeError for what is no result and for options
 * @example
 * const { passed, message } = gate(result, { atLeast: 0.4 });
 * if (!passed) throw new Error(message);
 */
export function gate(result: EvaluationResult, options: GateOptions): GateVerdict {
  checkValue('gate', 'result', result, required(evaluationResult));
  checkOptions('gate', options, { atLeast: required(number({ min: 0, max: 1 })), allow: arrayOf(string) });
  const { atLeast, allow = [] } = options;
  const [bound] = result.interval;
  const doubts = doubtsOf(result).filter(({ code }) => !allow.includes(code));
  const reaches = bound >= atLeast;
  const { model, n, robustAccuracy, threat, warnings } = result;
  const minor = warnings.filter(({ code }) => !doubts.some((doubt) => doubt.code === code));
  const lines = [
    `${model.name}: robust accuracy ${percent(robustAccuracy)} of ${n} images (${threat.norm} eps ${Number(threat.eps.toPrecision(4))}), ` +
      `with 95 % confidence at least ${percent(bound)}: ${reaches ? 'reaches' : 'below'} the ${percent(atLeast)} asked for`,
    ...doubts.map(({ code, message }) => `not to be trusted: ${message} (${code})`),
    ...minor.map(({ code, message }) => `warning: ${message} (${code})`),
  ];
  return { passed: reaches && doubts.length === 0, bound, doubts, message: lines.join('\n') };
}
