import { arrayOf, checkValue, integer, refusal, required, said } from '@agoge/core';
import type { Dataset } from '../dataset';
import { select } from './select';

/**
 * The examples of some classes, with their labels and the numbers they have in the data; reading as of `take`.
 *
 * The number of classes stays the data's, so that a model of all of them takes the part.
 *
 * @param classes labels, from 0 to `data.classes - 1`
 * @throws TypeError, RangeError for labels that are none, and where no example has them
 *
 * @example
 * const catsAndDogs = ofClasses(cifar, [3, 5]);
 */
export function ofClasses(data: Dataset, classes: readonly number[]): Dataset {
  checkValue('ofClasses', 'classes', classes, required(arrayOf(integer({ min: 0, max: data.classes - 1 }))));
  const chosen = new Set(classes);
  const rows: number[] = [];
  data.labels.forEach((label, row) => {
    if (chosen.has(label)) rows.push(row);
  });
  if (rows.length === 0) {
    throw said(new RangeError(refusal('ofClasses', 'classes', 'labels that examples have', classes)));
  }
  const labels = [...chosen].sort((a, b) => a - b);
  return select(data, Uint32Array.from(rows), `classes ${labels.join(',')}`);
}
