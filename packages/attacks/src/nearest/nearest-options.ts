import { nullable, number, type Rules } from '@agoge/core';
import { type Targets, targetsRule } from '../aim';

/** Options of all attacks that look for the nearest adversarial image. */
export interface NearestOptions {
  /**
   * Radius of the ball, in pixel units: an example is broken only inside it, and leaves then; where nothing was found inside,
   * what was found is drawn back into it and looked at once more. Default null: no ball, an example is broken however far, and
   * what counts is its distance.
   */
  eps?: number | null;
  /** Labels wanted, one for all or by absolute example number: then success is to be classified so. Default: untargeted. */
  targets?: Targets;
}

export const nearestRules: Rules = { eps: nullable(number({ min: 0 })), targets: targetsRule };
