import '@tensorflow/tfjs-backend-cpu';
import { fromFunction, norms, perExample, signs, uniform } from '@agoge/core';
import {
  matMul,
  reshape,
  sub,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { nes } from '../nes';
import { noise } from '../noise';
import { spsa } from '../spsa';
import { estimatedAscent } from './estimated-ascent';

const shape: [number, number, number] = [2, 3, 1];
const size = 6;
const slope = [0.5, -1, 2, 0.25, -0.1, 1.5];
const center = tensor4d(
  Float32Array.from({ length: 2 * size }, (_, i) => 0.4 + 0.01 * i),
  [2, ...shape],
);
const linear = fromFunction(
  (x) =>
    sub(
      matMul(
        reshape(x, [-1, size]) as Tensor2D,
        tensor2d(
          slope.flatMap((each) => [0, each]),
          [size, 2],
        ),
      ),
      tensor1d([-100, 0]),
    ),
  { bounds: [0, 1], classes: 2 },
);
const y = tensor1d([0, 0], 'int32');

it('estimates the gradient of a linear function as its directions have it', async () => {
  const index = Float64Array.of(3, 8);
  const pairs = 5;
  const seen: number[][] = [];
  const search = estimatedAscent({
    ...{ who: 'test', item: shape, steps: 1, pairs, radius: 0.01, directions: 'signs', bounds: [0, 1], seed: 2 },
    begin: () => ({}),
    move({ x, gradient }) {
      seen.push([...gradient.dataSync()]);
      return { x, memory: {} };
    },
  });
  expect(search.queries).toBe(11);
  let memory = search.begin(center);
  const lossAt = async (x: Tensor4D) => {
    const values = await x.data();
    return [0, 1].map((i) => slope.reduce((sum, each, k) => sum + each * values[i * size + k], 0));
  };
  for (let query = 0; query < search.queries; query++) {
    const drawn = search.draw(query, index);
    const x = search.propose({ center, memory, noise: drawn, query });
    const loss = tensor1d(await lossAt(x));
    memory = search.learn({ center, memory, noise: drawn, query, x, loss, score: loss });
  }
  // mean_i u_i (u_i . slope)
  const expected = [3, 8].flatMap((example) => {
    const sum = new Float64Array(size);
    for (let pair = 0; pair < pairs; pair++) {
      const u = perExample(signs, { seed: 2, stream: `test/${2 * pair}` }, Float64Array.of(example), size);
      const along = u.reduce((total, each, k) => total + each * slope[k], 0);
      u.forEach((each, k) => {
        sum[k] += (each * along) / pairs;
      });
    }
    return [...sum];
  });
  expected.forEach((each, i) => {
    expect(seen[0][i]).toBeCloseTo(each, 3);
  });
});

describe.each([
  ['nes', nes, 0.97],
  ['spsa', spsa, 0.97],
] as const)('%s', (_, attack, share) => {
  it('reaches the optimum of a linear model over the ball, nearly', async () => {
    const { x, forwards } = await attack(linear, center, y, { eps: 0.1, steps: 40, pairs: 20 });
    const [before, after] = [await center.data(), await x.data()];
    const gained = slope.reduce((sum, each, k) => sum + each * (after[k] - before[k]), 0);
    const best = slope.reduce((sum, each) => sum + 0.1 * Math.abs(each), 0);
    expect(gained / best).toBeGreaterThan(share);
    expect([...forwards]).toEqual([40 * 41 + 2, 40 * 41 + 2]);
  });

  it.each([
    [{ eps: 0.1, pairs: 0 }, 'pairs must be an integer >= 1, got 0'],
    [{ eps: 0.1, radius: 0 }, 'radius must be a finite number > 0, got 0'],
    [{ eps: 0.1, loss: 'dlr' }, 'loss "dlr" needs at least 3 classes'],
  ])('refuses %j', async (options, message) => {
    await expect(attack(linear, center, y, options as { eps: number })).rejects.toThrow(message);
  });
});

describe('noise', () => {
  it.each(['linf', 'l2', 'l1'] as const)('is as large as eps allows where the bounds are far, in %s', async (norm) => {
    const wide = Object.assign((x: Tensor4D) => linear(x), { classes: 2, bounds: [-5, 5] as const });
    const { x, distance } = await noise(wide, center, y, { norm, eps: 0.3, queries: 3 });
    const sizes = await norms[norm].size(sub(x, center)).data();
    sizes.forEach((each, i) => {
      expect(each).toBeCloseTo(0.3, 5);
      expect(distance[i]).toBeCloseTo(0.3, 5);
    });
  });

  it('breaks what is within its reach, and leaves when it has', async () => {
    // The label is the sign of one pixel's distance from 0.5: half of all noise crosses it.
    const near = tensor4d(uniform({ seed: 1, stream: 'near' }, 40 * size, 0.499, 0.4999), [40, ...shape]);
    const first = fromFunction(
      (x) => matMul(sub(reshape(x, [-1, size]) as Tensor2D, 0.5), tensor2d([[0, 1], ...Array(5).fill([0, 0])])),
      {
        bounds: [0, 1],
        classes: 2,
      },
    );
    const zeros = tensor1d(new Int32Array(40), 'int32');
    const { broken, forwards } = await noise(first, near, zeros, { eps: 0.2, queries: 16 });
    expect(broken.reduce((sum, each) => sum + each, 0)).toBe(40);
    expect(Math.min(...forwards)).toBe(3);
  });
});
