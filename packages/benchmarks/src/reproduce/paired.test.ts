import { normal, uniform } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { pairedDifference, smallestEffect } from './paired';
import { studentQuantile } from './student-t';

const zeros = (seeds: number, images: number) => Array.from({ length: seeds }, () => new Array<number>(images).fill(0));

describe('pairedDifference', () => {
  it('has mean squares, degrees and interval of a table worked out by hand', () => {
    // Differences [[1, 1, 0, 0], [1, 0, 0, 0]]: mean 3/8, by seed 1/2 and 1/4, by image 1, 1/2, 0, 0.
    const found = pairedDifference(
      [
        [1, 1, 1, 0],
        [1, 0, 0, 1],
      ],
      [
        [0, 0, 1, 0],
        [0, 0, 0, 1],
      ],
    );
    // Sums of squares: seeds 1/8, images 11/8, in all 15/8, so 3/8 left, on 1, 3 and 3 degrees.
    const [s, i, r] = [1 / 8, 11 / 24, 1 / 8];
    const variance = s + i - r;
    const degrees = variance ** 2 / (s ** 2 / 1 + i ** 2 / 3 + r ** 2 / 3);
    expect(found).toMatchObject({ mean: 0.375, bySeed: [0.5, 0.25], seeds: 2, images: 4 });
    expect(found.degrees).toBeCloseTo(degrees, 12);
    expect(found.standardError).toBeCloseTo(Math.sqrt(variance / 8), 12);
    const half = studentQuantile(0.975, degrees) * Math.sqrt(variance / 8);
    expect(found.interval[0]).toBeCloseTo(0.375 - half, 10);
    expect(found.interval[1]).toBeCloseTo(0.375 + half, 10);
  });

  it('is the paired t interval where a seed has one value', () => {
    const values = [0.02, 0.05, 0.03, 0.06, 0.01];
    const found = pairedDifference(
      values.map((each) => [each + 0.4]),
      zeros(5, 1).map(([each]) => [each + 0.4]),
    );
    const mean = 0.034;
    const deviation = Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 4);
    expect(found.degrees).toBeCloseTo(4, 6);
    expect(found.interval[1] - found.mean).toBeCloseTo((2.7764451 * deviation) / Math.sqrt(5), 6);
  });

  it('turns its sign with the arms, and is empty where the arms are one', () => {
    const [a, b] = [zeros(3, 50), zeros(3, 50)].map((table, t) =>
      table.map((row, s) => row.map((_, i) => ((i * (3 + t) + s) % 7 < 3 ? 1 : 0))),
    );
    const [there, back] = [pairedDifference(a, b), pairedDifference(b, a)];
    expect(back.mean).toBeCloseTo(-there.mean, 12);
    expect(back.interval[0]).toBeCloseTo(-there.interval[1], 12);
    expect(pairedDifference(a, a)).toMatchObject({ mean: 0, interval: [0, 0] });
  });

  /** Tables of -1, 0 and 1 whose chance moves with seed and image; how often the interval holds the truth, 0. */
  function coverage(seeds: number, images: number, ofSeeds: number, ofImages: number, tables: number): number {
    let held = 0;
    for (let index = 0; index < tables; index++) {
      const key = (stream: string) => ({
        seed: 1,
        index,
        stream: `${stream}/${seeds}/${images}/${ofSeeds}/${ofImages}`,
      });
      const [bySeed, byImage] = [normal(key('seed'), seeds), normal(key('image'), images)];
      const drawn = uniform(key('cell'), seeds * images);
      const treatment = zeros(seeds, images).map((row, s) =>
        row.map((_, i) => {
          const move = (ofSeeds * bySeed[s] + ofImages * byImage[i]) / 2;
          const [up, down] = [0.075 + move, 0.075 - move].map((share) => Math.min(0.5, Math.max(0, share)));
          const cell = drawn[s * images + i];
          return cell < up ? 1 : cell < up + down ? -1 : 0;
        }),
      );
      const [low, high] = pairedDifference(treatment, zeros(seeds, images)).interval;
      if (low <= 0 && high >= 0) held++;
    }
    return held / tables;
  }

  // 400 tables: two standard errors of 95 % are 2.2 %.
  it.each([
    [3, 0, 0],
    [3, 0.02, 0.1],
    [3, 0.05, 0.02],
    [5, 0, 0.15],
    [5, 0.02, 0.1],
    [5, 0.05, 0.02],
  ])(
    'holds the truth 95 times of 100 and more: %i seeds that move it by %f, images by %f',
    (seeds, ofSeeds, ofImages) => {
      expect(coverage(seeds, 200, ofSeeds, ofImages, 400)).toBeGreaterThan(0.928);
    },
  );

  it('refuses one seed, and tables that do not fit', () => {
    expect(() => pairedDifference([[1, 0]], [[0, 0]])).toThrow(
      'pairedDifference: treatment must be of 2 seeds or more, got 1',
    );
    expect(() => pairedDifference(zeros(3, 4), zeros(3, 5))).toThrow(
      'pairedDifference: control must have shape [seeds, 4]',
    );
    expect(() => pairedDifference(zeros(3, 4), zeros(2, 4))).toThrow(
      'pairedDifference: control must have shape [3, images]',
    );
  });
});

describe('smallestEffect', () => {
  it('is found in about 80 of 100 cases', () => {
    const standardError = 0.01;
    const effect = smallestEffect({ standardError, degrees: 4 });
    let found = 0;
    const trials = 2000;
    for (let index = 0; index < trials; index++) {
      const values = [...normal({ seed: 2, index, stream: 'power' }, 5)].map((each) => [
        effect + each * standardError * Math.sqrt(5),
      ]);
      if (pairedDifference(values, zeros(5, 1)).interval[0] > 0) found++;
    }
    expect(found / trials).toBeGreaterThan(0.74);
    expect(found / trials).toBeLessThan(0.86);
  });
});
