import '@tensorflow/tfjs-backend-cpu';
import { ensureGradients } from '@agoge/core';
import { grad, setBackend, sum, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { probabilities, total } from '../../test/float64';
import { squaredDistance, squaredError } from './squared-error';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const [p, q] = [
  [
    [1, 2, -0.5],
    [0, 0, 0],
    [200, -200, 0],
  ],
  [
    [0.5, 1, 1],
    [3, -2, 0],
    [-200, 200, 0],
  ],
];

it('is the sum of the squared differences of probabilities, with its gradient, also where they round to 0 and 1', async () => {
  const got = await squaredDistance(tensor2d(p), tensor2d(q)).data();
  const gradient = (await grad((z) => sum(squaredDistance(tensor2d(p), z as Tensor2D)))(
    tensor2d(q),
  ).array()) as number[][];
  p.forEach((row, i) => {
    const [a, b] = [probabilities(row), probabilities(q[i])];
    expect(got[i]).toBeCloseTo(total(a.map((each, k) => (each - b[k]) ** 2)), 5);
    // d/dz_k = 2 b_k ((b - a)_k - sum_j b_j (b - a)_j)
    const mean = total(b.map((each, j) => each * (each - a[j])));
    b.forEach((each, k) => {
      expect(gradient[i][k]).toBeCloseTo(2 * each * (each - a[k] - mean), 5);
    });
  });
  expect(got[2]).toBeCloseTo(2, 5);
});

it('of targets is the mean over examples, targets smoothed', async () => {
  const t = [
    [1, 0, 0],
    [0, 0.25, 0.75],
    [0, 1, 0],
  ];
  const smooth = (each: number) => each * 0.9 + 0.1 / 3;
  const terms = p.flatMap((row, i) => probabilities(row).map((each, k) => (each - smooth(t[i][k])) ** 2));
  const [got] = await squaredError(tensor2d(p), tensor2d(t), 0.1).data();
  expect(got).toBeCloseTo(total(terms) / 3, 5);
});
