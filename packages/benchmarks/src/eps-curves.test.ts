import { expect, it } from 'vitest';
import { epsCurves } from './eps-curves';
import type { EvaluationResult } from './evaluation-result';
import { soundResult } from './gate/gate.fixture';

const at = (eps: number, robust: number, changes: Partial<EvaluationResult> = {}) =>
  soundResult({ n: 10, robust }, { threat: { norm: 'linf', eps }, ...changes });
const figures = (results: readonly EvaluationResult[]) =>
  epsCurves(results).map(({ name, source, points }) => [name, source, points.map(({ eps, robust }) => [eps, robust])]);

it('joins results of several eps, from the clean accuracy on, by growing eps', () => {
  expect(figures([at(0.2, 2), at(0.1, 5)])).toEqual([
    [
      'at-pssilu',
      'several eps',
      [
        [0, 9],
        [0.1, 5],
        [0.2, 2],
      ],
    ],
  ]);
});

it('never rises: what fell in a ball has fallen in a larger one', () => {
  expect(figures([at(0.1, 3), at(0.2, 6)])[0][2]).toEqual([
    [0, 9],
    [0.1, 3],
    [0.2, 3],
  ]);
});

it('joins no results of other images, models, norms or attacks, and draws none of one eps', () => {
  const other = at(0.2, 2);
  expect(figures([at(0.1, 5)])).toEqual([]);
  expect(figures([at(0.1, 5), at(0.1, 4)])).toEqual([]);
  expect(figures([at(0.1, 5), { ...other, data: { ...other.data, hash: 'cd'.repeat(32) } }])).toEqual([]);
  expect(figures([at(0.1, 5), { ...other, model: { name: 'b' } }])).toEqual([]);
  expect(figures([at(0.1, 5), { ...other, threat: { norm: 'l2', eps: 0.2 } }])).toEqual([]);
  expect(figures([at(0.1, 5), { ...other, attacks: [{ ...other.attacks[0], name: 'pgd' }] }])).toEqual([]);
  const shifted = other.records.map((each) => ({ ...each, index: each.index + 1 }));
  expect(figures([at(0.1, 5), { ...other, records: shifted }])).toEqual([]);
});

it('reads distances of an attack without an eps', () => {
  const base = at(0.4, 4);
  const attacks = [{ ...base.attacks[0], name: 'fmn', options: { steps: 100 } }];
  const records = base.records.map((each, i) => (each.brokenBy ? { ...each, distance: i / 20 } : each));
  const [curve] = epsCurves([{ ...base, attacks, records }]);
  // Broken at distances 0.2, 0.25, 0.3, 0.35 and 0.4; four stand; one is wrong.
  const robustAt = (eps: number) => curve.points.find((each) => Math.abs(each.eps - eps) < 1e-9)?.robust;
  expect([0, 0.1, 0.22, 0.32, 0.4].map(robustAt)).toEqual([9, 9, 8, 6, 4]);
  expect(curve.source).toBe('distances');
});
