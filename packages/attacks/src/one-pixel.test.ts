import '@tensorflow/tfjs-backend-cpu';
import { fromFunction, uniform } from '@agoge/core';
import { matMul, reshape, sub, type Tensor2D, tensor1d, tensor2d, tensor4d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { onePixel } from './one-pixel';

const shape = [5, 4, 2] as const;
const size = 40;
const slope = uniform({ seed: 6, stream: 'slope' }, size, -1, 1);
const pixels = uniform({ seed: 6, stream: 'pixels' }, size, 0.2, 0.8);
const x = tensor4d(pixels, [1, ...shape]);
const y = tensor1d([0], 'int32');
const columns = tensor2d(
  slope.reduce((all, each) => all.concat([0, each]), [] as number[]),
  [size, 2],
);
const linear = fromFunction(
  (images) => sub(matMul(reshape(images, [-1, size]) as Tensor2D, columns), tensor1d([-100, 0])),
  {
    bounds: [0, 1],
    classes: 2,
  },
);

/** What a linear function gains at best by each pixel, all its channels to a bound. */
const gains = Array.from({ length: 20 }, (_, pixel) =>
  [0, 1].reduce((sum, channel) => {
    const k = pixel * 2 + channel;
    return sum + Math.abs(slope[k]) * (slope[k] > 0 ? 1 - pixels[k] : pixels[k]);
  }, 0),
).sort((a, b) => b - a);

describe('onePixel', () => {
  // Two pixels have twice the genes, for the same queries.
  it.each([
    [1, 0.95],
    [2, 0.7],
  ])('changes %d pixels, to %d of the largest gain of a linear model', async (count, share) => {
    const options = { pixels: count, population: 60, generations: 30, seed: 3 };
    const { x: found, distance } = await onePixel(linear, x, y, options);
    const values = await found.data();
    const gained = slope.reduce((sum, each, k) => sum + each * (values[k] - pixels[k]), 0);
    const best = gains.slice(0, count).reduce((sum, each) => sum + each, 0);
    expect(gained / best).toBeGreaterThan(share);
    expect(gained / best).toBeLessThan(1 + 1e-5);
    // Of each pixel two values.
    expect(distance[0]).toBe(2 * count);
  });

  it('asks for each candidate once', async () => {
    const { forwards } = await onePixel(linear, x, y, { population: 6, generations: 3 });
    expect([...forwards]).toEqual([1 + 6 * 4 + 1]);
  });

  it.each([
    [{ population: 3 }, 'onePixel: population must be an integer >= 4, got 3'],
    [{ pixels: 0 }, 'onePixel: pixels must be an integer >= 1, got 0'],
    [{ eps: 0.1 }, 'onePixel: unknown option "eps"'],
  ])('refuses %j', async (options, message) => {
    await expect(onePixel(linear, x, y, options as object)).rejects.toThrow(message);
  });
});
