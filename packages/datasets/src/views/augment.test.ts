import type { Batch } from '@agoge/core';
import { describe, expect, it } from 'vitest';
import { randomCrop } from '../augmentations/random-crop';
import { randomFlip } from '../augmentations/random-flip';
import { fromArrays } from '../from-arrays';
import { type Augment, augmented, compose } from './augment';

const [n, height, width, channels] = [400, 3, 4, 2];
const size = height * width * channels;
const key = { seed: 5, epoch: 2 };

/** Images whose pixels tell where they were: 1 + row * 8 + column * 2 + channel. */
const image = Float32Array.from({ length: size }, (_, i) => {
  return 1 + Math.floor(i / (width * channels)) * 8 + (i % (width * channels));
});
const batch: Batch = {
  x: Float32Array.from({ length: n * size }, (_, i) => image[i % size]),
  shape: [n, height, width, channels],
  y: new Int32Array(n),
  index: Float64Array.from({ length: n }, (_, i) => i),
};
const imageOf = ({ x }: Batch, i: number) => [...x.subarray(i * size, (i + 1) * size)];
const part = (indices: number[]): Batch => ({
  x: Float32Array.from(indices.flatMap((i) => imageOf(batch, i))),
  shape: [indices.length, height, width, channels],
  y: new Int32Array(indices.length),
  index: Float64Array.from(indices),
});

/** The image moved by (u, v), `fill` where nothing was: straight from the formula. */
function moved(u: number, v: number, fill: number): number[] {
  return Array.from({ length: size }, (_, i) => {
    const [row, column] = [Math.floor(i / (width * channels)) + u, (Math.floor(i / channels) % width) + v];
    const inside = row >= 0 && row < height && column >= 0 && column < width;
    return inside ? image[(row * width + column) * channels + (i % channels)] : fill;
  });
}

describe('randomCrop', () => {
  it.each([1, 2, 5])('moves each image to one of the places, about equally often (padding %i)', (padding) => {
    const out = randomCrop({ padding, fill: 0.5 })(batch, key);
    const places = new Map<string, number>();
    for (let u = -padding; u <= padding; u++) {
      for (let v = -padding; v <= padding; v++) places.set(moved(u, v, 0.5).join(), 0);
    }
    for (let i = 0; i < n; i++) {
      const place = imageOf(out, i).join();
      expect(places.has(place)).toBe(true);
      places.set(place, (places.get(place) ?? 0) + 1);
    }
    if (padding === 1) for (const count of places.values()) expect(Math.abs(count - n / 9)).toBeLessThan(25);
  });

  it('leaves images as they are with padding 0', () => {
    expect(randomCrop({ padding: 0 })(batch, key).x).toEqual(batch.x);
  });

  it('refuses bad options', () => {
    expect(() => randomCrop({ padding: -1 })).toThrow('randomCrop: padding must be an integer >= 0, got -1');
    expect(() => randomCrop({ fill: NaN })).toThrow('randomCrop: fill must be a finite number, got NaN');
    expect(() => randomCrop({ pad: 4 } as never)).toThrow('randomCrop: unknown option "pad"; did you mean "padding"?');
  });
});

describe('randomFlip', () => {
  it('mirrors about half of the images', () => {
    const out = randomFlip()(batch, key);
    const mirrored = Array.from({ length: size }, (_, i) => {
      const [row, column] = [Math.floor(i / (width * channels)), Math.floor(i / channels) % width];
      return image[(row * width + width - 1 - column) * channels + (i % channels)];
    });
    let count = 0;
    for (let i = 0; i < n; i++) {
      const flipped = imageOf(out, i).join() === mirrored.join();
      expect(imageOf(out, i)).toEqual(flipped ? mirrored : [...image]);
      if (flipped) count += 1;
    }
    expect(Math.abs(count - n / 2)).toBeLessThan(40);
  });
});

describe.each<[string, Augment]>([
  ['randomCrop', randomCrop({ padding: 2 })],
  ['randomFlip', randomFlip()],
  ['compose', compose(randomCrop({ padding: 2 }), randomFlip())],
])('%s', (_, augment) => {
  it('keys its noise by example, seed and epoch, not by the batch', () => {
    const out = augment(batch, key);
    const few = augment(part([7, 300, 2]), key);
    [7, 300, 2].forEach((i, place) => {
      expect(imageOf(few, place)).toEqual(imageOf(out, i));
    });
    expect(augment(batch, { ...key, seed: 6 }).x).not.toEqual(out.x);
    expect(augment(batch, { ...key, epoch: 3 }).x).not.toEqual(out.x);
  });

  it('leaves its input and the rest of the batch alone', () => {
    const before = batch.x.slice();
    const { x: _, ...rest } = augment(batch, key);
    expect(batch.x).toEqual(before);
    expect(rest).toEqual({ shape: batch.shape, y: batch.y, index: batch.index });
  });
});

describe('augmented', () => {
  const options = { ...batch, classes: 2, bounds: [0, 32] } as const;
  const { index: _, ...arrays } = options;
  const plain = fromArrays(arrays);

  it('changes the images of training epochs only, by their numbers', async () => {
    const data = augmented(fromArrays(arrays), randomFlip());
    const expected = randomFlip()(batch, key);
    for await (const each of data.batches({ batchSize: 64, ...key })) {
      each.index.forEach((index, i) => {
        expect(imageOf(each, i)).toEqual(imageOf(expected, index));
      });
    }
    for await (const each of data.batches({ batchSize: n })) expect(each.x).toEqual(batch.x);
    expect(data.hash).toBe(plain.hash);
  });

  it('composes from left to right', () => {
    const add: Augment = (each) => ({ ...each, x: each.x.map((pixel) => pixel + 1) });
    const double: Augment = (each) => ({ ...each, x: each.x.map((pixel) => pixel * 2) });
    expect(compose(add, double)(batch, key).x[0]).toBe((image[0] + 1) * 2);
  });

  it('refuses what is no function', () => {
    expect(() => augmented(plain, 'flip' as never)).toThrow('augmented: augment must be a function, got "flip"');
    expect(() => compose(randomFlip(), {} as never)).toThrow('compose: augmentation 1 must be a function');
  });
});
