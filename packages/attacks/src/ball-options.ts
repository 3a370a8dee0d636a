import { number, oneOf, type Rules, required } from '@agoge/core';
import { type Targets, targetsRule } from './aim';

/** Rules of the options that all attacks with a ball and a loss share. */
export const ballRules: Rules = {
  norm: oneOf('linf', 'l2', 'l1'),
  eps: required(number({ min: 0 })),
  loss: oneOf('ce', 'margin', 'dlr'),
  targets: targetsRule,
};

/** Targets as a result file can hold them. */
export const targetsAsJson = (targets: Targets | undefined): { targets?: number | number[] } =>
  targets === undefined ? {} : { targets: typeof targets === 'number' ? targets : Array.from(targets) };
