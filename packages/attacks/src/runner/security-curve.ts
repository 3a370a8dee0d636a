import {
  type Attack,
  arrayOf,
  type Batches,
  type Classifier,
  checkValue,
  fn,
  number,
  partOf,
  refusal,
  required,
  said,
} from '@agoge/core';
import { type ExampleRecord, isRobust } from './records';
import type { RunAttacksOptions } from './run-options';
import { runAttacks } from './runner';

/** Robust accuracy in a ball. */
export interface CurvePoint {
  /** Radius, in the attacks' norm. */
  eps: number;
  /** Examples that are correct and withstand. */
  robust: number;
  examples: number;
  /** `robust / examples`. */
  accuracy: number;
}

export interface SecurityCurveOptions extends RunAttacksOptions {
  /** Told each point as soon as it is known. */
  onPoint?(point: CurvePoint): void;
}

function checkRadii(who: string, eps: readonly number[]): void {
  checkValue(who, 'eps', eps, required(arrayOf(number({ min: 0 }))));
  if (eps.length === 0) throw said(new RangeError(refusal(who, 'eps', 'a list of one radius at least', eps)));
  const at = eps.findIndex((each, i) => i > 0 && each <= eps[i - 1]);
  if (at > 0) throw said(new RangeError(refusal(who, `eps[${at}]`, `above the one before, ${eps[at - 1]}`, eps[at])));
}

const pointAt = (eps: number, robust: number, examples: number): CurvePoint => ({
  ...{ eps, robust, examples },
  accuracy: examples === 0 ? 0 : robust / examples,
});

/**
 * Robust accuracy over eps from one run of attacks that look for the nearest adversarial image, without an eps of their own:
 * an example withstands where it is correct and nothing was found, or nothing as near.
 *
 * `#{correct, distance > eps} / n`: an upper bound, as near to the truth as the distances are to the least. Every attack of the
 * run is to be of the same norm; a run stops at the first that breaks an example, so that one attack at a time is the rule.
 *
 * @param records of `runAttacks(f, data, [fabTargetedAttack({ norm })])`
 * @param eps radii, each above the one before
 * @returns a point for each radius
 * @throws TypeError, RangeError for radii that are not numbers >= 0 in order
 * @example
 * const { records } = await runAttacks(f, data, [fmnAttack({ norm: 'linf' })]);
 * const points = curveOfDistances(records, [2 / 255, 4 / 255, 8 / 255]);
 */
export function curveOfDistances(
  records: readonly Pick<ExampleRecord, 'correct' | 'brokenBy' | 'distance'>[],
  eps: readonly number[],
): CurvePoint[] {
  checkRadii('curveOfDistances', eps);
  const withstands = (record: (typeof records)[number], radius: number) =>
    record.correct && (record.brokenBy === null || (record.distance ?? Number.POSITIVE_INFINITY) > radius);
  return eps.map((radius) =>
    pointAt(radius, records.filter((each) => withstands(each, radius)).length, records.length),
  );
}

/**
 * Robust accuracy over eps from attacks made for each radius, AutoAttack's say.
 *
 * What was broken in a ball is broken in every larger one that holds it, whether or not the attacks find it again: the curve
 * never rises. Once nothing withstands, nothing is attacked.
 *
 * @param f the classifier
 * @param data what it is measured on
 * @param attacksAt the attacks for a radius
 * @param eps radii, each above the one before
 * @param options as of {@link runAttacks}; progress is told over all radii, and each point to `onPoint`
 * @returns a point for each radius
 * @throws TypeError, RangeError for radii that are not numbers >= 0 in order; what {@link runAttacks} throws
 * @example
 * const points = await securityCurve(f, data, (eps) => [apgdAttack({ eps })], [2 / 255, 4 / 255, 8 / 255]);
 */
export async function securityCurve(
  f: Classifier,
  data: Batches,
  attacksAt: (eps: number) => readonly Attack[],
  eps: readonly number[],
  { onPoint, ...options }: SecurityCurveOptions = {},
): Promise<CurvePoint[]> {
  checkRadii('securityCurve', eps);
  checkValue('securityCurve', 'attacksAt', attacksAt, required(fn));
  checkValue('securityCurve', 'onPoint', onPoint, fn);
  const points: CurvePoint[] = [];
  const fallen = new Set<number>();
  for (const [i, radius] of eps.entries()) {
    const before = points.at(-1);
    let examples = before?.examples ?? 0;
    if (before?.robust !== 0) {
      const { records } = await runAttacks(f, data, attacksAt(radius), {
        ...options,
        onProgress: partOf(options.onProgress, i, eps.length),
      });
      examples = records.length;
      for (const record of records) if (!isRobust(record)) fallen.add(record.index);
    } else {
      options.onProgress?.({ done: i + 1, total: eps.length });
    }
    const point = pointAt(radius, examples - fallen.size, examples);
    points.push(point);
    onPoint?.(point);
  }
  return points;
}
