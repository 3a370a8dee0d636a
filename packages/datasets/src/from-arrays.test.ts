import type { Batch } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { type FromArraysOptions, fromArrays } from './from-arrays';

const good: FromArraysOptions = {
  x: Float32Array.from({ length: 24 }, (_, i) => i / 24),
  shape: [3, 2, 2, 2],
  y: Int32Array.of(0, 4, 2),
  classes: 5,
  bounds: [0, 1],
};
const changed = (at: number, value: number) => good.x.map((pixel, i) => (i === at ? value : pixel));

describe('fromArrays', () => {
  it('gives the images and labels that it was given', async () => {
    const all: Batch[] = [];
    for await (const batch of fromArrays(good).batches({ batchSize: 2 })) all.push(batch);
    expect(all).toEqual([
      { x: good.x.slice(0, 16), shape: [2, 2, 2, 2], y: Int32Array.of(0, 4), index: Float64Array.of(0, 1) },
      { x: good.x.slice(16), shape: [1, 2, 2, 2], y: Int32Array.of(2), index: Float64Array.of(2) },
    ]);
  });

  it('gives copies', async () => {
    const data = fromArrays(good);
    for await (const batch of data.batches({ batchSize: 3 })) batch.x.fill(9);
    for await (const batch of data.batches({ batchSize: 3 })) expect(batch.x).toEqual(good.x);
  });

  it('has a hash of pixels, labels, shape, classes and bounds', () => {
    const { hash } = fromArrays(good);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(fromArrays({ ...good, x: good.x.slice() }).hash).toBe(hash);
    const others: Partial<FromArraysOptions>[] = [
      { x: changed(23, 0.5) },
      { y: Int32Array.of(0, 4, 3) },
      { shape: [3, 2, 4, 1] },
      { classes: 6 },
      { bounds: [0, 2] },
    ];
    expect(new Set([hash, ...others.map((other) => fromArrays({ ...good, ...other }).hash)]).size).toBe(6);
  });

  it.each<[string, object, string]>([
    [
      'no images',
      { x: new Float32Array(0), shape: [0, 2, 2, 2], y: new Int32Array(0) },
      'shape must be an array of 4 x',
    ],
    ['an array for x', { x: [1, 2] }, 'fromArrays: x must be a Float32Array or a Uint8Array, got [1, 2]'],
    ['no labels', { y: undefined }, 'fromArrays: y must be a Int32Array, got undefined'],
    ['x too short', { x: new Float32Array(23) }, 'x must have shape [24] (shape 3 x 2 x 2 x 2), got [23]'],
    ['a label too many', { y: new Int32Array(4) }, 'fromArrays: y must have shape [3] (one label per image), got [4]'],
    ['a label too large', { y: Int32Array.of(0, 5, 2) }, 'the label of example 1 must be from 0 to 4, got 5'],
    ['a label below 0', { y: Int32Array.of(0, 1, -1) }, 'the label of example 2 must be from 0 to 4, got -1'],
    [
      'a pixel that is NaN',
      { x: changed(13, NaN) },
      'fromArrays: x of example 1 at row 1, column 0, channel 1 must be within bounds [0, 1], got NaN',
    ],
    ['a pixel beyond the bounds', { x: changed(0, 255) }, 'must be within bounds [0, 1], got 255'],
    ['bounds of no width', { bounds: [1, 1] }, 'bounds must be [low, high] with low < high, got [1, 1]'],
    ['one class', { classes: 1 }, 'classes must be an integer >= 2, got 1'],
    ['an unknown option', { lables: 1 }, 'fromArrays: unknown option "lables"'],
  ])('refuses %s', (_, change, message) => {
    expect(() => fromArrays({ ...good, ...change })).toThrow(message);
  });

  it('refuses unknown options of batches at the call', () => {
    const data = fromArrays(good);
    expect(() => data.batches({ batchSize: 2, shuffle: true } as never)).toThrow('batches: unknown option "shuffle"');
    expect(() => data.batches({ batchSize: 2, seed: -1 })).toThrow('batches: seed must be an integer >= 0, got -1');
    expect(() => data.batches({} as never)).toThrow('batches: batchSize must be an integer >= 1, got undefined');
  });

  it('takes pixels that float32 rounded past a bound', () => {
    expect(fromArrays({ ...good, x: changed(0, 1 + 5e-7) }).examples).toBe(3);
  });

  it('takes soft labels, which are part of the hash', async () => {
    const target = Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0.25, 0.75, 0.2, 0.2, 0.2, 0.2, 0.2);
    const soft = fromArrays({ ...good, target });
    for await (const batch of soft.batches({ batchSize: 3 })) expect(batch.target).toEqual(target);
    const other = fromArrays({ ...good, target: target.slice().reverse() });
    expect(new Set([fromArrays(good).hash, soft.hash, other.hash]).size).toBe(3);

    const changedTo = (at: number, value: number) => target.map((share, i) => (i === at ? value : share));
    expect(() => fromArrays({ ...good, target: new Float32Array(14) })).toThrow('target must have shape [15] (3 x 5)');
    expect(() => fromArrays({ ...good, target: changedTo(3, 0.5) })).toThrow(
      'fromArrays: target of example 0 must be shares >= 0 that are 1 in sum, got [1, 0, 0, 0.5, 0]',
    );
    expect(() => fromArrays({ ...good, target: changedTo(8, -0.25) })).toThrow('target of example 1');
    expect(() => fromArrays({ ...good, target: changedTo(14, NaN) })).toThrow('target of example 2');
  });

  it('takes bytes as 255ths', async () => {
    const bytes = fromArrays({
      x: Uint8Array.of(0, 51, 255, 128),
      shape: [2, 1, 2, 1],
      y: Int32Array.of(1, 0),
      classes: 2,
    });
    const x = new Float32Array(4);
    await bytes.read(Uint32Array.of(0, 1), x);
    expect([...x]).toEqual([0, 51 / 255, 1, 128 / 255].map(Math.fround));
    const outside = { x: new Uint8Array(4), shape: [2, 1, 2, 1], y: Int32Array.of(1, 0), classes: 2 } as const;
    expect(() => fromArrays({ ...outside, bounds: [0, 255] })).toThrow(
      'fromArrays: bounds must be [0, 1], since x is bytes, got [0, 255]',
    );
  });
});
