import { madryStepSize } from '@agoge/attacks';
import {
  checkOptions,
  type ForwardMode,
  integer,
  modes,
  type NormName,
  number,
  oneOf,
  type Rules,
  required,
} from '@agoge/core';

/** How an objective finds its adversarial images: projected ascent in a ball. */
export interface InnerAscentOptions {
  /** Norm of the ball. Default `linf`. */
  norm?: NormName;
  /** Radius of the ball in pixel units. No default: it is the threat that the model is trained against. */
  eps: number;
  /** Steps of the ascent. Default 10 (Rice et al. 2020, TRADES, AT-AWP, PAF); Madry et al. 2018: 7. */
  steps?: number;
  /**
   * Size of one step. Default `2.5 eps / steps` (robustness library of Madry's lab), with 10 steps eps / 4: the 2/255 for
   * 8/255 of Rice et al. and AT-AWP, PAF's 0.0078 for 0.031. TRADES: 0.007 for 0.031.
   */
  stepSize?: number;
  /**
   * Batch normalisation while images are crafted: `running` statistics (default; TRADES, MART, PAF, Pang et al. 2021), or
   * the `batch`'s, running ones left alone (Gowal et al. 2020; Rice et al. and AT-AWP use the batch's too).
   */
  statistics?: 'running' | 'batch';
}

/** The rules of {@link InnerAscentOptions}. */
const innerAscentRules: Rules = {
  norm: oneOf('linf', 'l2', 'l1'),
  eps: required(number({ min: 0 })),
  steps: integer({ min: 1 }),
  stepSize: number({ min: 0 }),
  statistics: oneOf('running', 'batch'),
};

/** The share of label smoothing in a target. */
export const smoothingRule = number({ min: 0, below: 1 });

/** Checks an objective's options and fills in what the ascent was not told. */
export function innerAscent(who: string, options: InnerAscentOptions, rules: Rules): Required<InnerAscentOptions> {
  checkOptions(who, options, { ...innerAscentRules, ...rules });
  const { norm = 'linf', eps, steps = 10, stepSize = madryStepSize(eps, steps), statistics = 'running' } = options;
  return { norm, eps, steps, stepSize, statistics };
}

/** The mode of the classifier that images are crafted with. */
export const craftMode = (statistics: 'running' | 'batch'): ForwardMode => ({ ...modes.craft, statistics });
