import '@tensorflow/tfjs-backend-cpu';
import { blackBox, fromFunction, normal, uniform } from '@agoge/core';
import {
  add,
  argMax,
  matMul,
  reshape,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { boundary } from './boundary';
import { partOfWay } from './decision/boundary-phases';
import { hopSkipJump } from './hop-skip-jump';

// Two classes and a linear model, far from the bounds: the nearest broken image is known.

const shape = [3, 4, 2] as const;
const size = 24;
const slope = normal({ seed: 4, stream: 'slope' }, size);
const columns = tensor2d(
  Float32Array.from({ length: 2 * size }, (_, i) => (i % 2 ? slope[i >> 1] : 0)),
  [size, 2],
);
const n = 3;
const gaps = [1, 0.5, 2];
const pixels = uniform({ seed: 2, stream: 'pixels' }, n * size, -1, 1);
const products = gaps.map((_, i) => slope.reduce((sum, each, k) => sum + each * pixels[i * size + k], 0));
// Every example is its gap away from the boundary: the largest product is that of an example at gap 0 or above.
const offset = 0;
const x = tensor4d(
  pixels.map((each, k) => {
    const i = Math.floor(k / size);
    const square = slope.reduce((sum, one) => sum + one * one, 0);
    return each - ((products[i] + gaps[i] - offset) * slope[k % size]) / square;
  }),
  [n, ...shape],
);
const model = (bounds: readonly [number, number]) =>
  fromFunction((images) => add(matMul(reshape(images, [-1, size]) as Tensor2D, columns), tensor1d([offset, 0])), {
    bounds,
    classes: 2,
  });
const y = tensor1d(new Int32Array(n), 'int32');
const l2 = Math.hypot(...slope);
const l1 = slope.reduce((sum, each) => sum + Math.abs(each), 0);

describe('the nearest image of a linear model', () => {
  it.each([
    ['l2', l2, 1.05],
    ['linf', l1, 1.15],
  ] as const)('is found by hopSkipJump in %s', async (norm, dual, ratio) => {
    const options = { norm, steps: 8, firstProbes: 50, seed: 1 };
    const { distance, broken } = await hopSkipJump(model([-4, 4]), x, y, options);
    expect([...broken]).toEqual([1, 1, 1]);
    distance.forEach((each, i) => {
      expect(each / (gaps[i] / dual)).toBeGreaterThan(0.999);
      expect(each / (gaps[i] / dual)).toBeLessThan(ratio);
    });
  });

  it('is approached by boundary', async () => {
    const options = { steps: 3000, aroundStep: 0.1, towardsStep: 0.1, seed: 1 };
    const { distance } = await boundary(model([-4, 4]), x, y, options);
    distance.forEach((each, i) => {
      expect(each / (gaps[i] / l2)).toBeGreaterThan(0.999);
      expect(each / (gaps[i] / l2)).toBeLessThan(1.2);
    });
  });
});

it('hopSkipJump asks as often as its plan says', async () => {
  let asked = 0;
  const f = model([-4, 4]);
  const box = blackBox(
    async (images) => {
      asked += images.shape[0];
      return tidy(() => argMax<Tensor1D>(f(images), 1));
    },
    { bounds: [-4, 4], classes: 2, output: 'labels' },
  );
  const { forwards } = await hopSkipJump(box, x, y, { steps: 3, firstProbes: 10, lengths: 4, tries: 6 });
  // The boundary is known to 1 / (24 sqrt 24) of the way: 7 halvings.
  const plan = 1 + 6 + 7 + (10 + 4 + 7) + (14 + 4 + 7) + (17 + 4 + 7) + 1;
  expect([...forwards]).toEqual([plan, plan, plan]);
  expect(asked).toBe(3 * plan);
});

it('boundary asks as often as its plan says', async () => {
  const { forwards } = await boundary(model([-4, 4]), x, y, { steps: 25, every: 10, tries: 6 });
  expect([...forwards]).toEqual(Array(n).fill(1 + 6 + 10 + (25 + 3) + 1));
});

describe('a start', () => {
  const broken = tensor4d(
    [...gaps.keys()].flatMap(() => [...slope].map((each) => Math.sign(each))),
    [n, ...shape],
  );

  it.each([
    ['hopSkipJump', hopSkipJump],
    ['boundary', boundary],
  ] as const)('that is given to %s is where it begins, by absolute number', async (_, attack) => {
    const index = Float64Array.of(9, 4, 7);
    const { broken: flags, forwards } = await attack(model([-4, 4]), x, y, { steps: 1, start: broken, index });
    expect([...flags]).toEqual([1, 1, 1]);
    expect(forwards[0]).toBeLessThan(160);
  });

  it('that is not broken ends the search for its example', async () => {
    const mixed = tidy(() => tensor4d([...broken.dataSync().slice(0, 48), ...x.dataSync().slice(48)], [n, ...shape]));
    const result = await hopSkipJump(model([-4, 4]), x, y, { steps: 1, start: mixed });
    expect([...result.broken]).toEqual([1, 1, 0]);
    expect(result.forwards[2]).toBe(3);
    expect(result.distance[2]).toBe(0);
  });

  it('of another shape is refused', async () => {
    const promise = boundary(model([-4, 4]), x, y, { start: tensor4d([0], [1, 1, 1, 1]) });
    await expect(promise).rejects.toThrow('boundary: start must have shape [3, 3, 4, 2], got [1, 1, 1, 1]');
  });
});

it('who finds no broken image among the tries is given up', async () => {
  const f = fromFunction(
    (images) => add(matMul(reshape(images, [-1, size]) as Tensor2D, columns), tensor1d([1e6, 0])),
    {
      bounds: [-4, 4],
      classes: 2,
    },
  );
  const { forwards, broken } = await hopSkipJump(f, x, y, { tries: 5 });
  expect([...forwards]).toEqual([7, 7, 7]);
  expect([...broken]).toEqual([0, 0, 0]);
});

it('a part of the way in linf is cut at that part of the size, and the whole is where it was', async () => {
  const center = tensor4d([0.5, 0.5, 0.5, 0.5], [1, 2, 2, 1]);
  const at = tensor4d([0.9, 0.3, 0.6, 0.5], [1, 2, 2, 1]);
  const half = await partOfWay('linf', center, at, tensor1d([0.5])).data();
  [0.7, 0.3, 0.6, 0.5].forEach((each, i) => {
    expect(half[i]).toBeCloseTo(each, 6);
  });
  const whole = await partOfWay('linf', center, at, tensor1d([1])).data();
  (await at.data()).forEach((each, i) => {
    expect(whole[i]).toBeCloseTo(each, 6);
  });
});

it.each([
  [{ steps: 0 }, 'hopSkipJump: steps must be an integer >= 1, got 0'],
  [{ norm: 'l1' }, 'hopSkipJump: norm must be one of "linf", "l2", got "l1"'],
  [{ start: 3 }, 'hopSkipJump: start must be a tensor of images, got 3'],
  [{ tries: 0 }, 'hopSkipJump: tries must be an integer >= 1, got 0'],
])('hopSkipJump refuses %j', async (options, message) => {
  await expect(hopSkipJump(model([-4, 4]), x, y, options as object)).rejects.toThrow(message);
});
