import { expect, it } from 'vitest';
import { startClock } from './time-left';

it('tells the time left from the share that is done, then from whole blocks', () => {
  let now = 1000;
  const clock = startClock(() => now);
  expect(clock.secondsLeft(100, { examples: 10, share: 0 })).toBeUndefined();
  expect(clock.secondsLeft(0, { examples: 0, share: 0 })).toBe(0);
  now += 2000;
  // 10 examples take 8 seconds, 2 of them spent.
  expect(clock.secondsLeft(100, { examples: 10, share: 0.25 })).toBeCloseTo(80 - 2, 6);
  // Of a block that was half done before.
  expect(clock.secondsLeft(100, { examples: 10, share: 0.75, before: 0.5 })).toBeCloseTo(0.8 * (100 - 7.5), 6);
  now += 3000;
  clock.lap(10);
  expect(clock.secondsLeft(90, { examples: 0, share: 0 })).toBeCloseTo(45, 6);
  now += 1000;
  expect(clock.secondsLeft(90, { examples: 10, share: 0.9 })).toBeCloseTo(44, 6);
  now += 1e6;
  expect(clock.secondsLeft(10, { examples: 10, share: 0.9 })).toBe(0);
});
