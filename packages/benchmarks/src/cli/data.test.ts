import { fromArrays } from '@agoge/datasets';
import { expect, it } from 'vitest';
import { standingForAll } from './data';

const of = (labels: number[]) =>
  fromArrays({
    x: new Uint8Array(labels.length),
    shape: [labels.length, 1, 1, 1],
    y: Int32Array.from(labels),
    classes: 4,
  });
const byClass = of([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 3, 3]);
const mixed = of([0, 1, 0, 0, 0, 0, 1, 1, 1, 0, 3, 3]);

it('draws a like share of each class where a set lies class by class', () => {
  const some = standingForAll(byClass, 6) as typeof byClass;
  expect([...some.labels]).toEqual([0, 0, 0, 1, 1, 3]);
  expect(some.numbers).toHaveLength(6);
  expect((standingForAll(byClass, 6) as typeof byClass).numbers).toEqual(some.numbers);
});

it('leaves any other as it is, and what is wanted whole or beyond', () => {
  expect(standingForAll(mixed, 6)).toBe(mixed);
  expect(standingForAll(byClass)).toBe(byClass);
  expect(standingForAll(byClass, 13)).toBe(byClass);
});
