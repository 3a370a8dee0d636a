import { isRobust } from '@agoge/attacks';
import type { EvaluationResult } from './evaluation-result';
import { wilson } from './wilson';

/** How the images of one class fared. */
export interface ClassFigures {
  label: number;
  n: number;
  /** Fraction classified correctly unattacked. */
  clean: number;
  /** Fraction that stayed correct under every attack. */
  robust: number;
  /** 95 % Wilson interval of `robust`. */
  interval: [low: number, high: number];
  /** The class that attacked images of this one were most often taken for, and how many; `null` where all stood. */
  takenFor: { label: number; count: number } | null;
}

/**
 * `confusion[label][answer]`: how many images of a class were answered so, under attack or on the clean image.
 *
 * Under attack the answer is that to the image that broke the example, else the label; an image that was wrong unattacked
 * counts with that answer.
 */
export function confusionOf(
  { data, records }: Pick<EvaluationResult, 'data' | 'records'>,
  attacked: boolean,
): number[][] {
  const counts = Array.from({ length: data.classes }, () => new Array<number>(data.classes).fill(0));
  for (const each of records) {
    const answer =
      !attacked || !each.correct ? each.prediction : isRobust(each) ? each.label : each.adversarialPrediction;
    const row = counts[each.label];
    if (row?.[answer] !== undefined) row[answer]++;
  }
  return counts;
}

/** Every class that has images, by its label. */
export function classFigures(result: Pick<EvaluationResult, 'data' | 'records'>): ClassFigures[] {
  return confusionOf(result, true).flatMap((answers, label) => {
    const own = result.records.filter((each) => each.label === label);
    const n = own.length;
    if (n === 0) return [];
    const robust = own.filter(isRobust).length;
    const others = answers.map((count, answer) => ({ label: answer, count })).filter((each) => each.label !== label);
    const most = others.reduce((best, each) => (each.count > best.count ? each : best), { label: -1, count: 0 });
    return {
      ...{ label, n },
      clean: own.filter(({ correct }) => correct).length / n,
      robust: robust / n,
      interval: wilson(robust, n),
      takenFor: most.count > 0 ? most : null,
    };
  });
}
