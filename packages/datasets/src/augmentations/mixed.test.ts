import type { Batches } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { fromArrays } from '../from-arrays';
import { cutMix } from './cut-mix';
import { mixUp } from './mix-up';
import { randomFlip } from './random-flip';
import { symmetricBeta } from './symmetric-beta';

const [n, height, width, classes] = [600, 6, 5, 4];
const size = height * width;
/** Each image is flat, its grey its own, so that a mixed pixel tells whose it was. */
const grey = (i: number) => Math.fround((i + 1) / 1024);
const data = fromArrays({
  x: Float32Array.from({ length: n * size }, (_, i) => grey(Math.floor(i / size))),
  shape: [n, height, width, 1],
  y: Int32Array.from({ length: n }, (_, i) => i % classes),
  classes,
});
const collect = async (source: Batches, request: Parameters<Batches['batches']>[0]) => {
  const byNumber = new Map<number, { x: Float32Array; y: number; target: Float32Array }>();
  for await (const { x, y, index, target = new Float32Array() } of source.batches(request)) {
    index.forEach((number, i) => {
      byNumber.set(number, {
        x: x.slice(i * size, (i + 1) * size),
        y: y[i],
        target: target.slice(i * classes, (i + 1) * classes),
      });
    });
  }
  return byNumber;
};
const epoch = { batchSize: 64, seed: 3, epoch: 1 };

describe.each<[string, (source: typeof data) => Batches]>([
  ['cutMix', (source) => cutMix(source, { probability: 1 })],
  ['mixUp', (source) => mixUp(source)],
])('%s', (_, make) => {
  it('is the same whatever the batches, and another in each epoch', async () => {
    const whole = await collect(make(data), epoch);
    expect(whole.size).toBe(n);
    expect(await collect(make(data), { ...epoch, batchSize: 7 })).toEqual(whole);
    expect(await collect(make(data), { ...epoch, epoch: 2 })).not.toEqual(whole);
    expect(await collect(make(data), { ...epoch, seed: 4 })).not.toEqual(whole);
  });

  it('has targets that sum to 1 and say whose part is how large', async () => {
    for (const [i, { x, y, target }] of await collect(make(data), epoch)) {
      expect(target.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 6);
      expect(target[y]).toBeGreaterThanOrEqual(0.5 - 1e-6);
      const others = [...target.keys()].filter((label) => label !== i % classes && target[label] > 0);
      expect(others.length).toBeLessThanOrEqual(1);
      expect(x.every((value) => value >= grey(0) && value <= grey(n - 1))).toBe(true);
    }
  });

  it('leaves the data, and batches without a seed, as they are', async () => {
    const before = await collect(data, { batchSize: 50 });
    expect(await collect(make(data), { batchSize: 50 })).toEqual(before);
    await collect(make(data), epoch);
    expect(await collect(data, { batchSize: 50 })).toEqual(before);
    expect(make(data).hash).toBe(data.hash);
  });

  it('mixes soft labels', async () => {
    const target = Float32Array.from({ length: n * classes }, (_, i) => (i % classes < 2 ? 0.5 : 0));
    for (const each of (await collect(make(fromArrays({ ...arrays(), target })), epoch)).values()) {
      [0.5, 0.5, 0, 0].forEach((share, c) => {
        expect(each.target[c]).toBeCloseTo(share, 6);
      });
    }
  });

  it('needs data that are read by row', () => {
    const plain = { ...data, read: undefined } as never;
    expect(() => make(plain)).toThrow('data must be readable by row (a Dataset; inMemory makes one)');
  });
});

function arrays() {
  const x = Float32Array.from({ length: n * size }, (_, i) => grey(Math.floor(i / size)));
  const y = Int32Array.from({ length: n }, (_, i) => (i % classes) % 2);
  return { x, y, shape: [n, height, width, 1] as const, classes };
}

describe('cutMix', () => {
  it('pastes one rectangle of one partner, and counts its pixels', async () => {
    let partners = 0;
    for (const [i, { x, target, y }] of await collect(cutMix(data, { probability: 1 }), epoch)) {
      const foreign = [...x.keys()].filter((pixel) => x[pixel] !== grey(i));
      const share = foreign.length / size;
      if (foreign.length === 0) continue;
      const partner = Math.round(x[foreign[0]] * 1024) - 1;
      expect(new Set(foreign.map((pixel) => x[pixel])).size).toBe(1);
      const rows = new Set(foreign.map((pixel) => Math.floor(pixel / width)));
      const columns = new Set(foreign.map((pixel) => pixel % width));
      expect(foreign.length).toBe(rows.size * columns.size);
      const expected = new Float32Array(classes);
      expected[i % classes] += 1 - share;
      expected[partner % classes] += share;
      expected.forEach((each, c) => {
        expect(target[c]).toBeCloseTo(each, 6);
      });
      expect(y).toBe((share > 0.5 ? partner : i) % classes);
      partners += 1;
    }
    expect(partners).toBeGreaterThan(n / 2);
  });

  it('leaves the share of images that it is told to', async () => {
    const plain = (await collect(cutMix(data, { probability: 0.25 }), epoch)).entries();
    const changed = [...plain].filter(([i, { target }]) => target[i % classes] < 1).length;
    // Some patches are empty, and a quarter of the partners are of the same class.
    expect(changed / n).toBeLessThan(0.25);
    expect(changed / n).toBeGreaterThan(0.08);
    const none = await collect(cutMix(data, { probability: 0 }), epoch);
    for (const [i, { x, target }] of none) {
      expect(x.every((value) => value === grey(i))).toBe(true);
      expect(target[i % classes]).toBe(1);
    }
  });

  it('augments an image and its partner each by its own noise', async () => {
    const slopes = fromArrays({
      ...arrays(),
      x: Float32Array.from({ length: n * size }, (_, i) => (i % width) / 10 + grey(Math.floor(i / size)) / 8),
    });
    const flip = randomFlip();
    const flips = async (): Promise<Map<number, Float32Array>> => {
      const out = new Map<number, Float32Array>();
      for await (const batch of slopes.batches({ batchSize: n })) {
        const { x } = flip(batch, { seed: epoch.seed, epoch: epoch.epoch });
        batch.index.forEach((i) => {
          out.set(i, x.slice(i * size, (i + 1) * size));
        });
      }
      return out;
    };
    const alone = [...(await flips()).values()];
    const values = alone.map((x) => new Set(x));
    for (const [i, { x }] of await collect(cutMix(slopes, { probability: 1, augment: flip }), epoch)) {
      const foreign = [...x.keys()].filter((pixel) => x[pixel] !== alone[i][pixel]);
      if (foreign.length === 0) continue;
      const partner = values.findIndex((some) => foreign.every((pixel) => some.has(x[pixel])));
      expect(partner).toBeGreaterThanOrEqual(0);
      for (const pixel of foreign) expect(x[pixel]).toBe(alone[partner][pixel]);
    }
  });

  it('refuses bad options', () => {
    expect(() => cutMix(data, { alpha: 0 })).toThrow('cutMix: alpha must be a finite number > 0, got 0');
    expect(() => cutMix(data, { probability: 2 })).toThrow(
      'cutMix: probability must be a finite number >= 0 and <= 1, got 2',
    );
    expect(() => cutMix(data, { beta: 1 } as never)).toThrow('cutMix: unknown option "beta"');
  });
});

describe('mixUp', () => {
  it('adds the shares that its targets say', async () => {
    let partners = 0;
    for (const [i, { x, target }] of await collect(mixUp(data), epoch)) {
      expect(Math.max(...x) - Math.min(...x)).toBeLessThan(1e-6);
      const own = target[i % classes];
      const other = [...target.keys()].find((label) => label !== i % classes && target[label] > 0);
      if (other === undefined || own === 0) continue;
      // The partner's grey follows from the share; it is one of the other class's.
      const partner = (x[0] - own * grey(i)) / (1 - own);
      const number = partner * 1024 - 1;
      if (1 - own < 0.05) continue;
      expect(Math.abs(number - Math.round(number))).toBeLessThan(0.02);
      expect(Math.round(number) % classes).toBe(other);
      partners += 1;
    }
    expect(partners).toBeGreaterThan(n / 2);
  });
});

describe('symmetricBeta', () => {
  it.each([0.2, 0.5, 1, 2, 8])('has the mean and variance of Beta(%d, the same)', (alpha) => {
    const draws = Array.from({ length: 4000 }, (_, index) => symmetricBeta({ seed: 1, index, stream: 'beta' }, alpha));
    const mean = draws.reduce((sum, each) => sum + each, 0) / draws.length;
    const variance = draws.reduce((sum, each) => sum + (each - mean) ** 2, 0) / draws.length;
    const expected = 1 / (4 * (2 * alpha + 1));
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(expected / draws.length));
    expect(variance / expected).toBeGreaterThan(0.92);
    expect(variance / expected).toBeLessThan(1.08);
  });

  it('is 0 or 1, never NaN, for a tiny alpha', () => {
    const draws = Array.from({ length: 200 }, (_, index) => symmetricBeta({ seed: 1, index, stream: 'beta' }, 1e-4));
    expect(draws.every((each) => each >= 0 && each <= 1)).toBe(true);
    expect(draws.filter((each) => each > 0.01 && each < 0.99).length).toBeLessThan(3);
  });

  it('is uniform for alpha 1: Kolmogorov and Smirnov', () => {
    const draws = Array.from({ length: 4000 }, (_, index) => symmetricBeta({ seed: 2, index, stream: 'beta' }, 1)).sort(
      (a, b) => a - b,
    );
    const farthest = draws.reduce((most, each, i) => Math.max(most, Math.abs(each - (i + 0.5) / draws.length)), 0);
    expect(farthest * Math.sqrt(draws.length)).toBeLessThan(1.95);
  });
});
