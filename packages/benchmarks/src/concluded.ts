import { isRobust } from '@agoge/attacks';
import type { EvaluationResult } from './evaluation-result';
import { warningsOf } from './warnings';
import { wilson } from './wilson';

/** What an evaluation found, before any conclusion. */
export type Findings = Pick<
  EvaluationResult,
  'setup' | 'model' | 'data' | 'threat' | 'attacks' | 'records' | 'images' | 'quantised'
>;

/** A result but for how the run went: all in it follows from what was found, so that parts put together conclude as the whole. */
export function concluded(findings: Findings): Omit<EvaluationResult, 'run'> {
  const { records } = findings;
  const n = records.length;
  const clean = records.filter(({ correct }) => correct).length;
  const robust = records.filter(isRobust).length;
  const measured = {
    schema: 'agoge/evaluation@3' as const,
    ...findings,
    n,
    cleanAccuracy: clean / n,
    robustAccuracy: robust / n,
    interval: wilson(robust, n),
    cleanInterval: wilson(clean, n),
  };
  return { ...measured, warnings: warningsOf(measured) };
}
