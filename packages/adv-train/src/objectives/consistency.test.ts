import '@tensorflow/tfjs-backend-cpu';
import { ensureGradients } from '@agoge/core';
import { grad, setBackend, sum, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { probabilities, total } from '../../test/float64';
import { inconsistency, jensenShannon } from './consistency';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const logits = [
  [1, 2, -0.5],
  [0.5, 1, 1],
  [0, 0, 0],
  [3, -2, 0],
];

/** In float64, as its definition says. */
function reference(p: readonly number[], q: readonly number[]): number {
  const [a, b] = [probabilities(p), probabilities(q)];
  const m = a.map((each, k) => (each + b[k]) / 2);
  const from = (one: number[]) => total(one.map((each, k) => (each > 0 ? each * Math.log(each / m[k]) : 0)));
  return (from(a) + from(b)) / 2;
}

it('is the mean over pairs of rows of the divergence at a temperature', async () => {
  const cold = logits.map((row) => row.map((each) => each / 0.5));
  const [got] = await inconsistency('trades', tensor2d(logits), 0.5).data();
  expect(got).toBeCloseTo((reference(cold[0], cold[1]) + reference(cold[2], cold[3])) / 2, 5);
});

it('has the gradient that central differences of float64 find', async () => {
  const [p, q] = [logits[0], logits[3]];
  const got = await grad((z) => sum(jensenShannon(z as Tensor2D, tensor2d([q]))))(tensor2d([p])).data();
  const h = 1e-6;
  p.forEach((_, k) => {
    const moved = (by: number) => p.map((each, j) => (j === k ? each + by : each));
    expect(got[k]).toBeCloseTo((reference(moved(h), q) - reference(moved(-h), q)) / (2 * h), 5);
  });
});

it('of equal predictions is 0 without a gradient; of opposite ones log 2, and finite', async () => {
  const equal = tensor2d([logits[0]]);
  expect(Math.abs((await jensenShannon(equal, equal).data())[0])).toBeLessThan(1e-6);
  const slopes = await grad((z) => sum(jensenShannon(z as Tensor2D, equal)))(equal).data();
  expect(Math.max(...slopes.map(Math.abs))).toBeLessThan(1e-6);
  const [one, other] = [tensor2d([[500, -500, 0]]), tensor2d([[-500, 500, 0]])];
  expect((await jensenShannon(one, other).data())[0]).toBeCloseTo(Math.LN2, 5);
  const steep = await grad((z) => sum(jensenShannon(z as Tensor2D, other)))(one).data();
  expect([...steep].every(Number.isFinite)).toBe(true);
});

it('refuses rows that are no pairs', () => {
  const message = 'trades: a batch must be pairs of views with consistency, such as of twoViews, got 3';
  expect(() => inconsistency('trades', tensor2d(logits.slice(1)), 0.5)).toThrow(message);
});
