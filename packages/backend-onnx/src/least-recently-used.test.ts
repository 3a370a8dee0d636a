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
