import {
  type Attack,
  arrayOf,
  checkOptions,
  type NormName,
  number,
  oneOf,
  type Rules,
  refusal,
  required,
  said,
} from '@agoge/core';
import { type ApgdAttackOptions, apgdAttack } from './apgd';
import { apgdTargetedAttack } from './apgd-targeted';
import { fabAttack, fabTargetedAttack } from './fab';
import { squareAttack } from './square';

export type AutoAttackVersion = 'standard' | 'plus' | 'rand' | 'fast' | 'custom';
/** The parts of AutoAttack, by the names that its authors gave them. */
export type AutoAttackPart = 'apgd-ce' | 'apgd-dlr' | 'apgd-t' | 'fab' | 'fab-t' | 'square';

export interface AutoAttackOptions {
  /** Norm of the ball. Default `linf`. */
  norm?: NormName;
  /** Radius of the ball, in pixel units. */
  eps: number;
  /**
   * `standard` (default): APGD on the cross entropy, APGD-T, FAB-T, Square. `fast`: the first two of these, which find nearly
   * all that the four find. `plus`: with five restarts, APGD on the difference of logits ratio and untargeted FAB as well.
   * `rand`, for classifiers that answer at random: APGD on both losses, each gradient the mean of 20. `custom`: the `attacks`
   * listed, with the settings of `plus`.
   */
  version?: AutoAttackVersion;
  /** Which attacks, in what order; for version `custom` only. */
  attacks?: readonly AutoAttackPart[];
  /** `reference`: each attack follows its authors' code to the letter. Default `ours`: see each attack's `variant`. */
  variant?: 'ours' | 'reference';
}

const parts: readonly AutoAttackPart[] = ['apgd-ce', 'apgd-dlr', 'apgd-t', 'fab', 'fab-t', 'square'];
const sequences: Record<Exclude<AutoAttackVersion, 'custom'>, readonly AutoAttackPart[]> = {
  standard: ['apgd-ce', 'apgd-t', 'fab-t', 'square'],
  fast: ['apgd-ce', 'apgd-t'],
  plus: ['apgd-ce', 'apgd-dlr', 'fab', 'square', 'apgd-t', 'fab-t'],
  rand: ['apgd-ce', 'apgd-dlr'],
};

const rules: Rules = {
  norm: oneOf('linf', 'l2', 'l1'),
  eps: required(number({ min: 0 })),
  version: oneOf('standard', 'plus', 'rand', 'fast', 'custom'),
  attacks: arrayOf(oneOf(...parts)),
  variant: oneOf('ours', 'reference'),
};

function check({ version = 'standard', attacks }: AutoAttackOptions): void {
  if (version === 'custom' && !attacks?.length) {
    throw said(
      new TypeError(refusal('autoAttack', 'attacks', `for version "custom" some of ${parts.join(', ')}`, attacks)),
    );
  }
  if (version !== 'custom' && attacks) {
    throw said(new TypeError(`autoAttack: attacks are for version "custom", got version "${version}"`));
  }
}

/**
 * AutoAttack, the field's standard measure of robustness: the attacks of one of its versions, in its order and with its
 * settings, for `runAttacks`, which gives each the survivors of those before and keeps the worst of all.
 *
 * In l1 `standard` and `fast` shrink the ball in APGD, with five restarts, and APGD-T goes for five classes. With two or three
 * classes the margin stands in for the difference of logits ratio, which needs more.
 *
 * Croce and Hein, Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks (ICML
 * 2020); version and settings of https://github.com/fra31/auto-attack.
 *
 * @returns the attacks as values; their `options` say all that is set
 * @throws TypeError, RangeError for options
 * @example
 * const { records } = await runAttacks(f, data, autoAttack({ eps: 8 / 255 }));
 */
export function autoAttack(options: AutoAttackOptions): Attack[] {
  checkOptions('autoAttack', options, rules);
  check(options);
  const { norm = 'linf', eps, version = 'standard', attacks = [], variant: of = 'ours' } = options;
  const common = { norm, eps, ...(of === 'reference' && { variant: of }) } as const;
  const isStandard = version === 'standard' || version === 'fast';
  const shrinks = isStandard && norm === 'l1';
  const epsSchedule = shrinks ? 'shrinking' : 'constant';
  const apgd = (loss: ApgdAttackOptions['loss']) =>
    apgdAttack({
      ...{ ...common, loss, epsSchedule },
      restarts: version === 'rand' || (isStandard && !shrinks) ? 1 : 5,
      eotSamples: version === 'rand' ? 20 : 1,
    });
  const made: Record<AutoAttackPart, () => Attack> = {
    'apgd-ce': () => apgd('ce'),
    'apgd-dlr': () => apgd('dlr'),
    'apgd-t': () => apgdTargetedAttack({ ...common, epsSchedule, rivals: shrinks ? 5 : 9 }),
    fab: () => fabAttack({ ...common, restarts: 5 }),
    'fab-t': () => fabTargetedAttack(common),
    square: () => squareAttack(common),
  };
  return (version === 'custom' ? attacks : sequences[version]).map((name) => made[name]());
}
