import { expect, it } from 'vitest';
import { accountOf } from './account';
import { accountMarkdown } from './account-markdown';
import { type Plan, planHash } from './plan';
import type { RunResult } from './run-result';
import { share } from './run-result';
import { smallPlan } from './small-plan.fixture';
import { judge, verdictOf } from './verdict';

it.each([
  [[0.01, 0.2], 'higher', 'supported'],
  [[-0.2, -0.01], 'higher', 'not supported'],
  [[-0.2, -0.01], 'lower', 'supported'],
  [[0.01, 0.2], 'lower', 'not supported'],
  [[-0.01, 0.2], 'higher', 'undecided'],
  [[0, 0.2], 'higher', 'undecided'],
  [[0, 0], 'lower', 'undecided'],
] as const)('of %j, claimed %s: %s', (interval, direction, verdict) => {
  expect(verdictOf([interval[0], interval[1]], direction)).toBe(verdict);
});

const plan: Plan = { ...smallPlan(), claims: smallPlan().claims.slice(0, 1) };
const images = 200;
/** A run whose first images are robust. */
const run = (arm: string, seed: number, robust: number): RunResult => ({
  ...{ paper: 'sparta', scale: 'small', plan: 'p', phase: 'confirm', arm, seed, scalars: [], history: { epochs: [] } },
  measures: { robust: share(Array.from({ length: images }, (_, i) => i < robust)) },
  data: { training: 't', test: 't' },
  seconds: { training: 1, measuring: 1 },
  environment: { backend: 'cpu', threads: 1, node: '20', platform: 'x', cpus: { model: 'x', count: 1 }, versions: {} },
});
const both = [run('source', 1, 80), run('source', 2, 81), run('frozen', 1, 120), run('frozen', 2, 121)];

it('follows from the interval once every planned seed is in', () => {
  const [{ verdict, difference }] = judge(plan, both);
  expect([verdict, difference?.mean]).toEqual(['supported', 0.2]);
  expect(judge(plan, both.slice(0, 3))).toMatchObject([{ verdict: 'incomplete', because: '1 of 2 seeds are in' }]);
});

it('does not look at search runs, decides nothing by failed ones, and claims nothing of a smoke test', () => {
  const searched = both.map((each): RunResult => ({ ...each, phase: 'search' }));
  expect(judge(plan, searched)).toMatchObject([{ verdict: 'incomplete' }]);
  const failed: RunResult[] = both.map((each, i) =>
    i === 3 ? { ...each, measures: {}, failed: 'the loss is NaN' } : each,
  );
  expect(judge(plan, failed)).toMatchObject([{ verdict: 'undecided', because: 'frozen failed at seed 2' }]);
  expect(judge({ ...plan, scale: 'tiny' }, both)).toMatchObject([{ verdict: 'none: a smoke test' }]);
});

it('is told in points, with what was planned to be seen, what could be, and the hash of the plan', async () => {
  const text = accountMarkdown('it', await accountOf(plan, both));
  const [row] = text.split('\n').filter((line) => line.includes('Frozen is better'));
  const cells = row.split('|').map((cell) => cell.trim());
  expect(cells.slice(1, 7)).toEqual([
    'Frozen is better',
    'supported',
    expect.stringMatching(/^\+20\.0 \(\+\d.*\)$/),
    '2',
    'robust',
    '10.0',
  ]);
  expect(Number(cells[7])).toBeGreaterThan(0);
  expect(cells.slice(8, 10)).toEqual(['frozen, source', 'not the paper: nowhere']);
  expect(text).toContain('| source | 40.3 % (33.4 to 47.1) | 2 |');
  expect(text).toContain(await planHash(plan));
  expect(text).toContain('4 runs');
});

it('names networks that answer no better than by chance, and the claims on them', async () => {
  const clean = (right: number) => share(Array.from({ length: images }, (_, i) => i < right));
  const of = ([first, ...rest]: RunResult[], right: number) => [
    { ...first, measures: { ...first.measures, clean: clean(right) } },
    ...rest.map((each) => ({ ...each, measures: { ...each.measures, clean: clean(180) } })),
  ];
  const text = accountMarkdown('it', await accountOf(plan, of(both, 105)));
  expect(text).toContain('Claims that rest on them: Frozen is better.');
  expect(text).toContain('- source, chance 50.0 %: seed 1 52.5 %\n');
  expect(accountMarkdown('it', await accountOf(plan, of(both, 120)))).not.toContain('learned nothing');
});
