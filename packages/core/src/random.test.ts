import { describe, expect, it } from 'vitest';
import { exponential, normal, perExample, permutation, philox, signs, uniform, words } from './random';

const key = { seed: 7, index: 3, stream: 'test' };
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, each) => sum + each, 0) / values.length;

describe('philox', () => {
  // Known-answer vectors published with Random123 (kat_vectors, philox4x32 10).
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('gives the published words for counter %j and key %j', (counter, k, expected) => {
    const out = new Uint32Array(4);
    philox(counter, k, out);
    expect([...out]).toEqual(expected);
  });
});

describe('streams', () => {
  it('are prefixes of one another, whatever the length asked for', () => {
    expect([...words(key, 5)]).toEqual([...words(key, 1000).subarray(0, 5)]);
  });

  it('differ by seed, index and stream, beyond 32 bits too', () => {
    const keys = [
      key,
      { ...key, seed: 8 },
      { ...key, index: 4 },
      { ...key, stream: 'other' },
      { ...key, seed: 7 + 2 ** 32 },
      { ...key, index: 3 + 2 ** 32 },
    ];
    expect(new Set(keys.map((each) => words(each, 4).join())).size).toBe(keys.length);
  });

  it('are the same for an example alone or in a batch', () => {
    const batch = perExample(normal, key, Float64Array.of(5, 3, 9), 4);
    expect([...batch.subarray(4, 8)]).toEqual([...normal(key, 4)]);
  });

  it.each([-1, 0.5, NaN, 2 ** 60])('refuse seed %s', (seed) => {
    expect(() => words({ ...key, seed }, 1)).toThrow(`random: seed must be an integer >= 0, got ${seed}`);
  });
});

describe('distributions', () => {
  const n = 100_000;

  it('uniform: mean, variance and range', () => {
    const values = uniform(key, n, -2, 4);
    expect(mean(values)).toBeCloseTo(1, 1);
    expect(mean(values.map((each) => (each - 1) ** 2))).toBeCloseTo(3, 1);
    expect(values.every((each) => each >= -2 && each < 4)).toBe(true);
  });

  it('normal: the first four moments, finite in the tail', () => {
    const values = normal(key, n);
    expect(mean(values)).toBeCloseTo(0, 1);
    expect(mean(values.map((each) => each ** 2))).toBeCloseTo(1, 1);
    expect(Math.abs(mean(values.map((each) => each ** 3)))).toBeLessThan(0.05);
    expect(Math.abs(mean(values.map((each) => each ** 4)) - 3)).toBeLessThan(0.1);
    expect(values.every(Number.isFinite)).toBe(true);
    expect(normal(key, 5)).toHaveLength(5);
  });

  it('signs are fair and exponential has mean and variance 1', () => {
    expect(Math.abs(mean(signs(key, n)))).toBeLessThan(0.02);
    expect(new Set(signs(key, 100))).toEqual(new Set([-1, 1]));
    const values = exponential(key, n);
    expect(Math.abs(mean(values) - 1)).toBeLessThan(0.02);
    expect(Math.abs(mean(values.map((each) => (each - 1) ** 2)) - 1)).toBeLessThan(0.05);
  });

  it('permutation: every number once, every place equally likely', () => {
    expect([...permutation(key, 1000)].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect([...permutation(key, 0)]).toEqual([]);
    const counts = [0, 0, 0, 0, 0, 0];
    for (let index = 0; index < 6000; index++) counts[Number(permutation({ ...key, index }, 3)[0]) * 2] += 1;
    for (const at of [0, 2, 4]) expect(Math.abs(counts[at] - 2000)).toBeLessThan(150);
  });
});
