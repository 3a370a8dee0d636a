import { canonicalJson } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { hashOf } from '../bytes/hash-of';
import { shapeKinds } from './shape-kinds';
import { type ShapesOptions, shapes } from './shapes';

/** Images by their numbers, as 255ths. */
function bytesOf(options: ShapesOptions, rows: number[]): Uint8Array {
  const data = shapes(options);
  const out = new Float32Array(rows.length * data.shape.reduce((product, each) => product * each));
  data.read(Uint32Array.from(rows), out);
  return Uint8Array.from(out, (level) => Math.round(255 * level));
}

describe('shapes', () => {
  it('has as many images as asked for, of any size, classes in turn', async () => {
    const data = shapes({ examples: 25, size: 20, channels: 1, classes: 10 });
    expect(data).toMatchObject({ examples: 25, shape: [20, 20, 1], classes: 10, bounds: [0, 1] });
    expect([...data.labels.subarray(8, 13)]).toEqual([8, 9, 0, 1, 2]);
    const sizes: number[] = [];
    for await (const { x, y } of data.batches({ batchSize: 10, seed: 1 })) {
      sizes.push(y.length);
      expect(
        x.every((level) => level >= 0 && level <= 1 && Math.abs(255 * level - Math.round(255 * level)) < 1e-4),
      ).toBe(true);
    }
    expect(sizes).toEqual([10, 10, 5]);
    expect(shapes({ examples: 2 ** 20, size: 1024 }).examples).toBe(2 ** 20);
  });

  it('draws an image by (seed, part, number), whatever else is read', () => {
    const [all, one] = [bytesOf({}, [0, 1, 2, 3]), bytesOf({}, [2])];
    expect(all.subarray(2 * 3072, 3 * 3072)).toEqual(one);
    for (const other of [bytesOf({ seed: 1 }, [2]), bytesOf({ split: 'test' }, [2]), bytesOf({}, [8])]) {
      expect(other).not.toEqual(one);
    }
    expect(bytesOf({ examples: 5, noise: 0.05 }, [2])).toEqual(one);
  });

  it('is the same data everywhere', () => {
    expect(hashOf(bytesOf({ classes: 10 }, [...Array(20).keys()]))).toBe(
      '12de5b9fc36390af7ed2d0624eb6427fd87af7ed37c774676c1e19101f94263e',
    );
    const facts = { examples: 1000, size: 32, channels: 3, classes: 6, seed: 0, noise: 0.05, split: 'train' };
    expect(shapes().hash).toBe(hashOf(canonicalJson({ shapes: facts, version: 1 })));
  });

  // Areas by the formulas of the plane; the crescent's is the disc's less the lens of two circles.
  const disc = (radius: number) => Math.PI * radius ** 2;
  const segment = (radius: number, from: number) =>
    radius ** 2 * Math.acos(from / radius) - from * Math.sqrt(radius ** 2 - from ** 2);
  const chord = (0.95 ** 2 - 0.8 ** 2 + 0.4 ** 2) / (2 * 0.4);
  const areas: Record<string, number> = {
    disc: disc(0.8),
    square: 1.4 ** 2,
    triangle: (3 * Math.sqrt(3)) / 4,
    cross: 4 * 0.54 * 0.9 - 0.54 ** 2,
    ring: disc(0.9) - disc(0.55),
    star: 5 * 0.4 * Math.sin(Math.PI / 5),
    frame: 1.4 ** 2 - 0.8 ** 2,
    bar: 1.9 * 0.6,
    crescent: disc(0.95) - segment(0.95, chord) - segment(0.8, 0.4 - chord),
    half: disc(0.9) / 2,
  };
  it.each(Object.entries(shapeKinds))('%s has the area of its formula and lies within the circle', (name, inside) => {
    const steps = 400;
    let [hits, furthest] = [0, 0];
    for (let i = 0; i < steps * steps; i++) {
      const [u, v] = [i % steps, Math.floor(i / steps)].map((at) => (2.2 * (at + 0.5)) / steps - 1.1);
      if (!inside(u, v)) continue;
      hits++;
      furthest = Math.max(furthest, Math.hypot(u, v));
    }
    expect(furthest).toBeLessThanOrEqual(1);
    expect(Math.abs((hits * 2.2 ** 2) / steps ** 2 / areas[name] - 1)).toBeLessThan(0.02);
  });

  it('says nothing by single pixels: the nearest class mean is near chance', async () => {
    const options = { size: 16, channels: 1 } as const;
    const mean = async (split: 'train' | 'test', examples: number) => {
      for await (const batch of shapes({ ...options, split, examples }).batches({ batchSize: examples })) return batch;
      throw new Error('no batch');
    };
    const [train, test] = [await mean('train', 3000), await mean('test', 600)];
    const means = Array.from({ length: 6 }, () => new Float64Array(256));
    train.y.forEach((label, i) => {
      for (let p = 0; p < 256; p++) means[label][p] += train.x[256 * i + p] / 500;
    });
    let right = 0;
    test.y.forEach((label, i) => {
      const far = means.map((each) => each.reduce((sum, level, p) => sum + (level - test.x[256 * i + p]) ** 2, 0));
      if (far.indexOf(Math.min(...far)) === label) right++;
    });
    expect(right / 600).toBeLessThan(0.26);
  });

  it('refuses what it cannot draw', () => {
    expect(() => shapes({ classes: 11 })).toThrow('shapes: classes must be an integer >= 2 and <= 10, got 11');
    expect(() => shapes({ channels: 2 })).toThrow('shapes: channels must be one of 1, 3, got 2');
    expect(() => shapes({ number: 9 } as never)).toThrow('shapes: unknown option "number"');
  });
});
