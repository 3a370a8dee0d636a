import type { Batch } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { type Augment, compose } from '../views/augment';
import { autoAugment } from './auto-augment';
import { cutout } from './cutout';
import { randAugment } from './rand-augment';
import { randomCrop } from './random-crop';
import { randomFlip } from './random-flip';

const [n, height, width, channels] = [2000, 6, 8, 3];
const size = height * width * channels;
const key = { seed: 5, epoch: 2 };
const image = Float32Array.from({ length: size }, (_, i) => ((i * 53) % 251) / 255);
const batch: Batch = {
  x: Float32Array.from({ length: n * size }, (_, i) => image[i % size]),
  shape: [n, height, width, channels],
  y: new Int32Array(n),
  index: Float64Array.from({ length: n }, (_, i) => i),
};
const imageOf = ({ x }: Batch, i: number) => x.slice(i * size, (i + 1) * size);
const part = (indices: number[]): Batch => ({
  x: Float32Array.from(indices.flatMap((i) => [...imageOf(batch, i)])),
  shape: [indices.length, height, width, channels],
  y: new Int32Array(indices.length),
  index: Float64Array.from(indices),
});
/** Quicker than `toEqual` for long arrays. */
const same = (a: Float32Array, b: Float32Array) => a.every((value, i) => value === b[i]);
/** Pearson's statistic of counts that should be alike. */
const chiSquare = (counts: Iterable<number>) => {
  const all = [...counts];
  const mean = all.reduce((sum, each) => sum + each, 0) / all.length;
  return all.reduce((sum, each) => sum + (each - mean) ** 2 / mean, 0);
};

describe.each<[string, Augment]>([
  ['randomCrop', randomCrop({ padding: 2 })],
  ['randomFlip', randomFlip()],
  ['cutout', cutout({ size: 3 })],
  ['autoAugment', autoAugment()],
  ['autoAugment of ImageNet', autoAugment({ policy: 'imagenet' })],
  ['autoAugment of SVHN', autoAugment({ policy: 'svhn' })],
  ['randAugment', randAugment()],
  ['all', compose(randomCrop(), randomFlip(), autoAugment(), cutout({ size: 4 }))],
])('%s', (_, augment) => {
  const out = augment(batch, key);

  it('keys its noise by example, seed and epoch, not by the batch', () => {
    const few = augment(part([7, 300, 2]), key);
    [7, 300, 2].forEach((i, place) => {
      expect(imageOf(few, place)).toEqual(imageOf(out, i));
    });
    const some = part([...Array(50).keys()]);
    const now = augment(some, key).x;
    expect(same(augment(some, { ...key, seed: 6 }).x, now)).toBe(false);
    expect(same(augment(some, { ...key, epoch: 3 }).x, now)).toBe(false);
  });

  it('changes images, stays within the bounds and leaves its input alone', () => {
    const before = batch.x.slice();
    const { x, ...rest } = augment(batch, key);
    expect(same(batch.x, before)).toBe(true);
    expect(rest).toEqual({ shape: batch.shape, y: batch.y, index: batch.index });
    expect(x.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(same(x, batch.x)).toBe(false);
  });
});

describe('randomCrop and randomFlip', () => {
  it('go to each place equally often: chi-square', () => {
    const marked = { ...batch, x: new Float32Array(batch.x.length) };
    for (let i = 0; i < n; i++) marked.x[i * size + (2 * width + 2) * channels] = 1;
    const crops = new Map<number, number>();
    const { x } = randomCrop({ padding: 2 })(marked, key);
    for (let i = 0; i < n; i++) {
      const place = x.subarray(i * size, (i + 1) * size).indexOf(1);
      crops.set(place, (crops.get(place) ?? 0) + 1);
    }
    // 24 degrees of freedom: 99.99 % lie below 59.
    expect(crops.size).toBe(25);
    expect(chiSquare(crops.values())).toBeLessThan(59);

    const flipped = randomFlip()(marked, key).x;
    const turned = [...marked.index].filter((i) => flipped[i * size + (2 * width + 2) * channels] === 0).length;
    expect(chiSquare([turned, n - turned])).toBeLessThan(15);
  });
});

describe('cutout', () => {
  it('covers a square around each pixel equally often, cut at the border', () => {
    const out = cutout({ size: 3, fill: [1, 0.25, 0] })({ ...batch, x: batch.x.map(() => 0.5) }, key);
    const places = new Map<string, number>();
    let others = 0;
    for (let i = 0; i < n; i++) {
      const covered = new Set<number>();
      imageOf(out, i).forEach((value, at) => {
        if (value === 0.5) return;
        others += value === [1, 0.25, 0][at % channels] ? 0 : 1;
        covered.add(Math.floor(at / channels));
      });
      const rows = [...covered].map((pixel) => Math.floor(pixel / width));
      const columns = [...covered].map((pixel) => pixel % width);
      const [high, wide] = [rows, columns].map((each) => Math.max(...each) - Math.min(...each) + 1);
      expect(covered.size).toBe(high * wide);
      expect(high <= 3 && wide <= 3).toBe(true);
      const place = [Math.min(...rows), Math.min(...columns), high, wide].join();
      places.set(place, (places.get(place) ?? 0) + 1);
    }
    expect(others).toBe(0);
    // One for each pixel of 6 x 8; 47 degrees of freedom: 99.99 % lie below 92.
    expect(places.size).toBe(height * width);
    expect(chiSquare(places.values())).toBeLessThan(92);
  });

  it('of an even size, and larger than the image', () => {
    const out = cutout({ size: 2, fill: 0 })({ ...batch, x: batch.x.map(() => 1) }, key);
    const counts = Array.from(
      { length: n },
      (_, i) => imageOf(out, i).filter((value) => value === 0).length / channels,
    );
    expect(new Set(counts)).toEqual(new Set([1, 2, 4]));
    const all = cutout({ size: 20, fill: 0.1 })(part([0, 1]), key);
    expect(all.x.every((value) => value === Math.fround(0.1))).toBe(true);
  });

  it('refuses bad options', () => {
    expect(() => cutout({} as never)).toThrow('cutout: size must be an integer >= 1, got undefined');
    expect(() => cutout({ size: 0 })).toThrow('cutout: size must be an integer >= 1, got 0');
    expect(() => cutout({ size: 2, fill: NaN })).toThrow(
      'cutout: fill must be a finite number, or an array of them, got NaN',
    );
    expect(() => cutout({ size: 2, fill: [0, 1] })(batch, key)).toThrow(
      'cutout: fill must have shape [3] (one per channel), got [2]',
    );
    expect(() => cutout({ size: 2, length: 3 } as never)).toThrow('cutout: unknown option "length"');
  });
});

describe('autoAugment and randAugment', () => {
  it('do what the policy says as often as it says: inversions of SVHN', () => {
    // Of a flat grey image only what changes bytes everywhere is left: inversion, or solarisation below 200.
    const flat = { ...batch, x: batch.x.fill(200 / 255) };
    const out = autoAugment({ policy: 'svhn' })(flat, key);
    const middle = (3 * width + 4) * channels;
    const inverted = [...batch.index].filter((i) => Math.round(out.x[i * size + middle] * 255) === 55).length;
    // Its pairs by hand: inverted once, by either operation, each pair with 1/25.
    const invert = [0.2, 0.7, 0, 0.9, 0, 0, 0.4, 0, 0.9, 0, 0, 0.7, 0, 0.9, 0, 0.8, 0, 0.6, 0, 0.6, 0, 0.8, 0, 0, 0.1];
    // Solarize at 6 (threshold 85), 3 (170), 8 (28.3), 2 (198.3) turns 200 too.
    const solarize = [0, 0, 0.6, 0, 0, 0, 0, 0.2, 0, 0, 0.3, 0, 0, 0, 0, 0, 0.4, 0, 0, 0, 0.7, 0, 0, 0, 0];
    const expected = invert.reduce((sum, each, i) => sum + (each + solarize[i]) / 25, 0);
    expect(Math.abs(inverted / n - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / n));
    batch.x.forEach((_, i) => {
      batch.x[i] = image[i % size];
    });
  });

  it('leave an image in 255ths', () => {
    const out = randAugment({ operations: 3, magnitude: 20 })(part([...Array(200).keys()]), key);
    expect(out.x.every((value) => Math.abs(value * 255 - Math.round(value * 255)) < 1e-4)).toBe(true);
  });

  it('randAugment at magnitude 0 changes only what has no magnitude, one operation in fourteen', () => {
    const out = randAugment({ operations: 1, magnitude: 0 })(batch, key);
    const bytes = Float32Array.from(image, (value) => Math.round(255 * value) / 255);
    const changed = [...batch.index].filter((i) => imageOf(out, i).some((value, at) => value !== bytes[at])).length;
    // Contrast is stretched; 48 pixels are too few to equalise, and to solarise from 255 on leaves these.
    expect(Math.abs(changed / n - 1 / 14)).toBeLessThan(4 * Math.sqrt(0.067 / n));
  });

  it('refuse bad options and images', () => {
    expect(() => autoAugment({ policy: 'mnist' as never })).toThrow(
      'autoAugment: policy must be one of "cifar10", "imagenet", "svhn"',
    );
    expect(() => randAugment({ magnitude: 31 })).toThrow(
      'randAugment: magnitude must be an integer >= 0 and <= 30, got 31',
    );
    expect(() => randAugment({ operations: 0 })).toThrow('randAugment: operations must be an integer >= 1, got 0');
    expect(() => randAugment({ m: 1 } as never)).toThrow('randAugment: unknown option "m"');
    const two: Batch = {
      x: new Float32Array(2),
      shape: [1, 1, 1, 2],
      y: new Int32Array(1),
      index: new Float64Array(1),
    };
    expect(() => autoAugment()(two, key)).toThrow(
      'autoAugment: x must have shape [n, height, width, 1 or 3], got [1, 1, 1, 2]',
    );
  });
});
