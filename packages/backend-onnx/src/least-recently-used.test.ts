import { expect, it } from 'vitest';
import { LeastRecentlyUsed } from './least-recently-used';

it('drops what was used longest ago', () => {
  const dropped: string[] = [];
  const kept = new LeastRecentlyUsed<string>(2, (value) => dropped.push(value));
  kept.set('a', 'A');
  kept.set('b', 'B');
  expect(kept.get('a')).toBe('A');
  kept.set('c', 'C');
  expect(dropped).toEqual(['B']);
  expect([kept.get('a'), kept.get('b'), kept.get('c')]).toEqual(['A', undefined, 'C']);
  kept.clear();
  expect(dropped).toEqual(['B', 'A', 'C']);
  expect(kept.size).toBe(0);
});

it('drops the oldest of those that are too heavy together, and never the last', () => {
  const dropped: string[] = [];
  const weights = { a: 3, b: 3, c: 3 };
  const kept = new LeastRecentlyUsed<'a' | 'b' | 'c'>(
    9,
    (value) => dropped.push(value),
    (value) => weights[value],
    7,
  );
  for (const each of ['a', 'b'] as const) kept.set(each, each);
  expect([kept.weight, dropped]).toEqual([6, []]);
  kept.get('a');
  kept.set('c', 'c');
  expect([kept.weight, dropped]).toEqual([6, ['b']]);
  weights.c = 8;
  kept.trim();
  expect([kept.weight, dropped]).toEqual([8, ['b', 'a']]);
});
