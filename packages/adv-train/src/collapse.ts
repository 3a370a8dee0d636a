import { pgdAttack } from '@agoge/attacks';
import { type Attack, type NormName, type Objective, refusal, said } from '@agoge/core';
import type { EpochRecord } from './history';

/** How a run watches for catastrophic overfitting: an attack on the first training images after each epoch. */
export interface Probe {
  /** Default: PGD of 10 steps in the objective's `norm` and `eps`. */
  attack?: Attack;
  /** Of the training images, from the first; they come as without augmentation. Default 128 (a batch, as Wong et al. 2020). */
  examples?: number;
  /**
   * How far accuracy under the attack may fall below its best of former epochs, and below that on own images, where both
   * happen. Default 0.2 (Wong et al. 2020, of the fall from the last epoch).
   */
  drop?: number;
  /** Whether the run ends when it falls further. Default false: it is told, and goes on. */
  stop?: boolean;
}

/** What is told of a run that goes wrong without ending. */
export interface TrainingWarning {
  /** From 0. */
  epoch: number;
  name: 'catastrophicOverfitting';
  /** In words, with the remedy. */
  message: string;
}

/** A probe with nothing left open. */
export type FilledProbe = Required<Probe>;

/** How much better than the attack's own images may be withstood, whatever came before. Ours: of healthy runs they are near. */
const hollow = 0.5;

/**
 * The probe of a run. Unless said, one whose objective makes its images by a single step has one, and one that replays its
 * batches: those are what it happens to.
 *
 * @throws TypeError where a probe is asked for and neither it nor the objective's options tell of an attack
 */
export function probeOf(
  who: string,
  objective: Objective,
  asked: Probe | boolean | undefined,
): FilledProbe | undefined {
  const { norm = 'linf', eps, steps } = objective.options;
  const hasBall = typeof eps === 'number' && eps > 0;
  const isAtRisk = hasBall && (steps === 1 || objective.advance !== undefined);
  if (asked === false || (asked === undefined && !isAtRisk)) return undefined;
  const { attack, examples = 128, drop = 0.2, stop = false } = asked === true || asked === undefined ? {} : asked;
  if (!attack && !hasBall) {
    throw said(new TypeError(refusal(`${who}: probe`, 'attack', 'given with an objective of no eps', attack)));
  }
  return {
    attack: attack ?? pgdAttack({ norm: norm as NormName, eps: eps as number, steps: 10 }),
    ...{ examples, drop, stop },
  };
}

/**
 * Catastrophic overfitting, where the probe saw it: images of the objective's own making are withstood, the attack's are not. That
 * is, by more than `drop` better while accuracy under the attack has fallen by more than `drop` below that of an epoch before; or
 * by more than half. Told when it begins.
 *
 * Wong, Rice, Kolter, Fast is better than free: revisiting adversarial training (ICLR 2020), §5.4, look for the fall alone, which
 * an unstable run has too.
 */
export function warningsOf(epochs: readonly EpochRecord[], { attack, drop }: FilledProbe): TrainingWarning[] {
  const warnings: TrainingWarning[] = [];
  let top: { epoch: number; accuracy: number } | undefined;
  let isFallen = false;
  for (const { epoch, probe } of epochs) {
    if (!probe) continue;
    const { robustAccuracy: now, ownAccuracy: own } = probe;
    const hasFallen = top !== undefined && top.accuracy - now > drop;
    const wasFallen = isFallen;
    isFallen = own - now > hollow || (hasFallen && own - now > drop);
    if (isFallen && !wasFallen) {
      const before = top && hasFallen ? ` (${percent(top.accuracy)} in epoch ${top.epoch + 1})` : '';
      const message =
        `catastrophic overfitting in epoch ${epoch + 1}: of the first training images ${percent(now)} withstand ` +
        `${attack.name}${before}, but ${percent(own)} what training makes of them; go back to the best validated epoch, and ` +
        'train with a smaller stepSize or eps, or with more steps';
      warnings.push({ epoch, name: 'catastrophicOverfitting', message });
    }
    if (!top || now > top.accuracy) top = { epoch, accuracy: now };
  }
  return warnings;
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
