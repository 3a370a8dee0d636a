import { type CurvePoint, curveOfDistances, isRobust } from '@agoge/attacks';
import { canonicalJson } from '@agoge/core';
import type { EvaluationResult } from './evaluation-result';

/** Robust accuracy over eps. */
export interface EpsCurve {
  /** Of the model. */
  name: string;
  norm: string;
  /** By growing eps, from 0. */
  points: readonly CurvePoint[];
  /** What it was drawn from. */
  source: 'several eps' | 'distances';
}

/** Radii at which distances are drawn, beside 0. */
const radii = 40;

/**
 * The curves that results hold: one for each model that was measured in balls of several sizes with the same attacks, on the
 * same images; and one for each run of a single attack that looks for the nearest adversarial image, without an eps of its own.
 *
 * An image broken in a ball counts as broken in every larger one, so that no curve rises. All begin with the clean accuracy.
 */
export function epsCurves(results: readonly EvaluationResult[]): EpsCurve[] {
  const groups = new Map<string, EvaluationResult[]>();
  const curves: EpsCurve[] = [];
  for (const result of results) {
    if (looksForTheNearest(result)) curves.push(fromDistances(result));
    else groups.set(keyOf(result), [...(groups.get(keyOf(result)) ?? []), result]);
  }
  for (const group of groups.values()) {
    if (new Set(group.map(({ threat }) => threat.eps)).size > 1) curves.push(fromBalls(group));
  }
  return curves;
}

function looksForTheNearest({ attacks, threat }: EvaluationResult): boolean {
  return attacks.length === 1 && attacks[0].norm === threat.norm && (attacks[0].options.eps ?? null) === null;
}

function fromDistances({ model, threat, records }: EvaluationResult): EpsCurve {
  // What was found outside the threat counts for nothing, so the curve ends there.
  const eps = Array.from({ length: radii + 1 }, (_, i) => (threat.eps * i) / radii);
  return { name: model.name, norm: threat.norm, points: curveOfDistances(records, eps), source: 'distances' };
}

function keyOf({ model, data, threat, attacks, records }: EvaluationResult): string {
  const { weights = null } = model as { weights?: unknown };
  return canonicalJson([
    ...[model.name, weights, data.hash, threat.norm],
    attacks.map(({ name }) => name),
    records.map(({ index }) => index),
  ]);
}

function fromBalls(group: readonly EvaluationResult[]): EpsCurve {
  const [{ model, threat, records, n }] = group;
  const point = (eps: number, robust: number): CurvePoint => ({ eps, robust, examples: n, accuracy: robust / n });
  const points = [point(0, records.filter(({ correct }) => correct).length)];
  const fallen = new Set<number>();
  const bySize = group.filter((each) => each.threat.eps > 0).sort((a, b) => a.threat.eps - b.threat.eps);
  for (const [i, each] of bySize.entries()) {
    for (const record of each.records) if (!isRobust(record)) fallen.add(record.index);
    // Of two runs in one ball the second tells what both left.
    if (bySize[i + 1]?.threat.eps !== each.threat.eps) points.push(point(each.threat.eps, n - fallen.size));
  }
  return { name: model.name, norm: threat.norm, points, source: 'several eps' };
}
