import '@tensorflow/tfjs-backend-cpu';
import { fromFunction, uniform } from '@agoge/core';
import { matMul, reshape, sub, type Tensor2D, tensor1d, tensor2d, tensor4d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { spatial } from './spatial';
import { type Pose, sampling, warped } from './spatial/warp';

const shape: [number, number, number] = [5, 4, 2];
const size = 40;
const pixels = uniform({ seed: 1, stream: 'pixels' }, 2 * size);
const x = tensor4d(pixels, [2, ...shape]);

async function drawn(poses: Pose[], surroundings = 0): Promise<number[]> {
  return [...(await warped(x, sampling(poses, shape), surroundings).data())];
}
const still = { rotation: 0, down: 0, right: 0 };
const at = (image: number, row: number, column: number, channel: number) =>
  row < 0 || row > 4 || column < 0 || column > 3 ? 0 : pixels[((image * 5 + row) * 4 + column) * 2 + channel];
const places = Array.from({ length: 2 * size }, (_, k) => {
  const [image, pixel] = [Math.floor(k / size), Math.floor(k / 2) % 20];
  return [image, Math.floor(pixel / 4), pixel % 4, k % 2] as const;
});

describe('an image drawn anew', () => {
  it('is the same, to the bit, where nothing moves', async () => {
    expect(await drawn([still, still], 0.3)).toEqual([...pixels]);
  });

  it('is moved by whole pixels, each image by its own', async () => {
    const found = await drawn([
      { ...still, down: 1, right: -2 },
      { ...still, right: 1 },
    ]);
    places.forEach(([image, row, column, channel], k) => {
      const from = image === 0 ? at(0, row - 1, column + 2, channel) : at(1, row, column - 1, channel);
      expect(found[k]).toBeCloseTo(from, 6);
    });
  });

  it('is turned upside down by half a turn, and mixed with its neighbours by half a pixel', async () => {
    const found = await drawn([
      { ...still, rotation: 180 },
      { ...still, down: 0.5 },
    ]);
    places.forEach(([image, row, column, channel], k) => {
      const from =
        image === 0
          ? at(0, 4 - row, 3 - column, channel)
          : (at(1, row, column, channel) + at(1, row - 1, column, channel)) / 2;
      expect(found[k]).toBeCloseTo(from, 5);
    });
  });

  it('turns counterclockwise: what is to the right comes to the top', async () => {
    const square = tensor4d([0, 0, 0, 0, 0, 1, 0, 0, 0], [1, 3, 3, 1]);
    const turned = await warped(square, sampling([{ ...still, rotation: 90 }], [3, 3, 1]), 0).data();
    [0, 1, 0, 0, 0, 0, 0, 0, 0].forEach((each, i) => {
      expect(turned[i]).toBeCloseTo(each, 6);
    });
  });

  it('has its surroundings where it ends', async () => {
    const found = await drawn(
      [
        { ...still, down: 9 },
        { ...still, down: 9 },
      ],
      -1,
    );
    for (const each of found) expect(each).toBe(-1);
  });
});

describe('spatial', () => {
  // Class 1 where the first pixel is brighter than 0.5.
  const corner = tensor2d(
    Float32Array.from({ length: 2 * size }, (_, i) => (i === 1 ? 1 : 0)),
    [size, 2],
  );
  const first = fromFunction(
    (images) => sub(matMul(reshape(images, [-1, size]) as Tensor2D, corner), tensor1d([0, 0.5])),
    { bounds: [0, 1], classes: 2 },
  );
  const dark = tensor4d(
    Float32Array.from({ length: size }, (_, k) => (k === 2 * (4 * 3 + 2) ? 1 : 0)),
    [1, ...shape],
  );
  const y = tensor1d([0], 'int32');

  it('finds the one pose of the grid that breaks, and tries no more than there are', async () => {
    // The bright pixel in row 3 and column 2 comes to the corner by 3 up and 2 left.
    const options = { maxRotation: 0, rotations: 1, maxShift: 3, shifts: 7 };
    const { broken, distance, x: found } = await spatial(first, dark, y, options);
    expect([...broken]).toEqual([1]);
    expect((await found.data())[0]).toBeCloseTo(1, 6);
    expect(distance[0]).toBeCloseTo(Math.SQRT2, 5);
    const none = await spatial(first, dark, y, { ...options, maxShift: 1, shifts: 3 });
    expect([...none.broken, ...none.forwards]).toEqual([0, 9 + 2]);
  });

  it.each([
    [{ maxRotation: 200 }, 'spatial: maxRotation must be a finite number >= 0 and <= 180, got 200'],
    [{ poses: 'all' }, 'spatial: poses must be one of "grid", "random", got "all"'],
  ])('refuses %j', async (options, message) => {
    await expect(spatial(first, dark, y, options as object)).rejects.toThrow(message);
  });
});
