import { canonicalJson } from '@agoge/core';
import type { EvaluationResult, Warning } from '../evaluation-result';
import { warningsOf } from '../warnings';
import { wilson } from '../wilson';

/** What speaks against a number: a warning that is grave, a threat of nothing, or figures that do not agree. */
export interface Doubt {
  code: Warning['code'] | 'no-threat' | 'figures';
  message: string;
}

/** Warnings that leave nothing of the number, whatever their extent. */
const grave = new Set<Warning['code']>([
  'classes-missing',
  'no-better-than-chance',
  'no-adaptive-attack',
  'nothing-broken',
  'eps-reaches-grey',
]);
/** Share of the images that may have met a gradient of 0, or been taken for broken in error (ours). */
const tolerated = 0.01;
const sha256 = /^[0-9a-f]{64}$/;

/**
 * Why the robust accuracy of a result is not to be trusted; empty where nothing speaks against it.
 *
 * The figures are asked, not what the file says of them: warnings are found again, the interval is computed again, and what
 * each attack broke is counted again. Wide intervals (`few-examples`), `few-classes` and `outside-threat` are no doubt: the
 * first is told by the interval, the others weaken an attack without misleading it. `zero-gradients` and `refuted` are one
 * from 1 % of the images on (ours).
 */
export function doubtsOf(result: EvaluationResult): Doubt[] {
  const { n, threat, attacks } = result;
  const most = tolerated * n;
  const many = { 'zero-gradients': 'zeroGradients', refuted: 'refuted' } as const;
  const isGrave = ({ code }: Warning) =>
    grave.has(code) ||
    ((code === 'zero-gradients' || code === 'refuted') && attacks.some((each) => each[many[code]] > most));
  const warnings = [...result.warnings, ...warningsOf(result)].filter(isGrave);
  const found: Doubt[] = warnings.filter(({ code }, i) => warnings.findIndex((each) => each.code === code) === i);
  if (threat.eps === 0 && threat.norm !== 'none') {
    found.push({ code: 'no-threat', message: 'eps is 0: nothing was attacked' });
  }
  return [...found, ...disagreements(result).map((message): Doubt => ({ code: 'figures', message }))];
}

/** Where a file contradicts itself. */
function disagreements(result: EvaluationResult): string[] {
  const { data, model, n, threat, robustAccuracy, interval, attacks, records, setup } = result;
  const found: string[] = [];
  if (!sha256.test(data.hash)) found.push('the hash of the data is none');
  const { weights } = model as { weights?: { sha256?: unknown } | null };
  if (weights?.sha256 !== undefined && !sha256.test(String(weights.sha256))) {
    found.push('the hash of the weights is none');
  }
  const expected = wilson(Math.round(robustAccuracy * n), n);
  if (expected.some((end, i) => Math.abs(end - interval[i]) > 1e-9))
    found.push('the interval is not that of its records');
  if (setup) {
    const ran = attacks.map(({ name, options }) => ({ name, options }));
    const differs = (a: unknown, b: unknown) => canonicalJson(a) !== canonicalJson(b);
    if (setup.data.hash !== data.hash) found.push('the run was on other data: its setup has another hash');
    if (differs(setup.threat, threat)) found.push('the run had another threat, as its setup says');
    if (differs(setup.attacks, ran)) found.push('other attacks ran, as its setup says');
  }
  for (const name of new Set([...attacks.map((each) => each.name), ...records.map(({ brokenBy }) => brokenBy)])) {
    if (name === null) continue;
    const counted = records.filter(({ brokenBy }) => brokenBy === name).length;
    const told = attacks.reduce((sum, each) => sum + (each.name === name ? each.newlyBroken : 0), 0);
    if (counted !== told) found.push(`${name} is said to have broken ${told} first, and its records say ${counted}`);
  }
  return found;
}
