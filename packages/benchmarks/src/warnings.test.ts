import { expect, it } from 'vitest';
import { resultFixture } from './result.fixture';
import { warningsOf } from './warnings';

const [pgd] = resultFixture().attacks;
const apgd = { ...pgd, name: 'apgd' };
/** A result that leaves nothing to say. */
const clear = resultFixture({
  n: 10000,
  interval: [0.49, 0.51],
  cleanInterval: [0.74, 0.76],
  attacks: [apgd],
});
const codes = (changes: Parameters<typeof resultFixture>[0]) =>
  warningsOf({ ...clear, ...changes }).map(({ code }) => code);

/** Ten records, whose labels are these in turn. */
const ofClasses = (labels: number[]) =>
  Array.from({ length: 10 }, (_, i) => ({ ...clear.records[0], label: labels[i % labels.length] }));

it('says nothing where nothing is doubtful', () => {
  expect(warningsOf(clear)).toEqual([]);
});

it.each<[string, Parameters<typeof resultFixture>[0]]>([
  ['few-examples', { interval: [0.44, 0.56] }],
  ['classes-missing', { n: 10, records: ofClasses([3]), data: { ...clear.data, classes: 2 } }],
  ['no-better-than-chance', { cleanInterval: [0.49, 0.55] }],
  ['no-adaptive-attack', { attacks: [pgd] }],
  ['nothing-broken', { robustAccuracy: 0.75 }],
  ['zero-gradients', { attacks: [{ ...apgd, zeroGradients: 2 }] }],
  ['refuted', { attacks: [{ ...apgd, refuted: 1 }] }],
  ['outside-threat', { attacks: [{ ...apgd, outside: 1 }] }],
  ['few-classes', { attacks: [{ ...apgd, name: 'apgdTargeted', options: { loss: 'dlr' } }] }],
  ['eps-reaches-grey', { threat: { norm: 'linf', eps: 0.5 } }],
])('%s alone', (code, changes) => {
  expect(codes(changes)).toEqual([code]);
});

it('does not wonder at eps 0, which breaks nothing, or at a large eps that broke everything', () => {
  expect(codes({ robustAccuracy: 0.75, threat: { norm: 'linf', eps: 0 } })).toEqual([]);
  expect(codes({ robustAccuracy: 0, threat: { norm: 'linf', eps: 0.5 } })).toEqual([]);
  expect(codes({ threat: { norm: 'l2', eps: 0.5 } })).toEqual([]);
});

it('misses classes where half of those that could be there are not', () => {
  const data = { ...clear.data, classes: 100 };
  const seen = (labels: number[]) => codes({ n: 10, records: ofClasses(labels), data });
  expect(seen([7, 8, 9, 10, 11])).toEqual(['classes-missing']);
  expect(seen([7, 8, 9, 10, 11, 12])).toEqual([]);
  expect(codes({ n: 9, records: ofClasses([7]).slice(1), data })).toEqual([]);
});

it('names figures', () => {
  expect(warningsOf({ ...clear, attacks: [{ ...apgd, zeroGradients: 2 }] })[0].message).toBe(
    'apgd met gradients of exactly 0 on 2 of the 3 examples it attacked: it was blind there',
  );
});
