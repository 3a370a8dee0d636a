import { existsSync, readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import { mean, memory, reshape, setBackend, sub, type Tensor, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Norm } from './norm';
import { norms } from './norms';
import { uniform } from './random';

const golden = new URL('../../../../shared/golden/projections.json', import.meta.url);
const item = [3, 4, 2] as const;
const length = 24;
const index = Float64Array.from({ length: 8 }, (_, i) => i);

/** Images in the box, and points around them that reach outside ball and box. */
function points(n = 8): { center: Tensor4D; x: Tensor4D } {
  const center = uniform({ seed: 1, stream: 'center' }, n * length);
  const x = uniform({ seed: 1, stream: 'move' }, n * length, -1.5, 1.5).map((move, i) => center[i] + move);
  return { center: tensor4d(center, [n, ...item]), x: tensor4d(x, [n, ...item]) };
}

const sizes = {
  linf: (delta: number[]) => Math.max(...delta.map(Math.abs)),
  l2: (delta: number[]) => Math.hypot(...delta),
  l1: (delta: number[]) => delta.reduce((sum, each) => sum + Math.abs(each), 0),
};

/** The nearest point of ball and box by bisection on the multiplier, in float64. */
function nearestInFloat64(name: Norm['name'], x: number[], center: number[], eps: number): number[] {
  const clip = (value: number, low = 0, high = 1) => Math.min(Math.max(value, low), high);
  const at = (multiplier: number) =>
    x.map((value, i) => {
      const delta = value - center[i];
      if (name === 'linf') return clip(clip(value, center[i] - eps, center[i] + eps));
      const moved =
        name === 'l2' ? delta / (1 + multiplier) : Math.sign(delta) * Math.max(Math.abs(delta) - multiplier, 0);
      return clip(center[i] + moved);
    });
  const fits = (multiplier: number) => sizes[name](at(multiplier).map((value, i) => value - center[i])) <= eps;
  if (name === 'linf' || fits(0)) return at(0);
  let [low, high] = [0, 1e6];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (fits(middle)) high = middle;
    else low = middle;
  }
  return at(high);
}

const rows = (x: Tensor) => reshape(x, [x.shape[0], -1]).arraySync() as number[][];

beforeAll(async () => {
  await setBackend('cpu');
});

describe.each(Object.values(norms))('$name', (norm) => {
  const eps = { linf: 0.3, l2: 0.8, l1: 2 }[norm.name];

  it('size agrees with float64', () => {
    const { x } = points();
    const got = norm.size(x).arraySync();
    rows(x).forEach((row, i) => {
      expect(got[i]).toBeCloseTo(sizes[norm.name](row), 4);
    });
  });

  it('the steepest direction has size 1 and reaches the dual norm of the gradient', () => {
    const { x: g } = points();
    const dual = { linf: sizes.l1, l2: sizes.l2, l1: sizes.linf }[norm.name];
    const directions = rows(norm.steepest(g));
    rows(g).forEach((row, i) => {
      expect(sizes[norm.name](directions[i])).toBeCloseTo(1, 5);
      expect(row.reduce((sum, each, j) => sum + each * directions[i][j], 0)).toBeCloseTo(dual(row), 4);
    });
  });

  it('the steepest direction of a zero gradient is zero, not NaN', () => {
    expect(norm.size(norm.steepest(tensor4d(new Float32Array(length), [1, ...item]))).arraySync()).toEqual([0]);
  });

  it('projects onto ball and box as float64 does', () => {
    const { center, x } = points();
    const got = rows(norm.project(x, center, eps, [0, 1]));
    const centers = rows(center);
    rows(x).forEach((row, i) => {
      const expected = nearestInFloat64(norm.name, row, centers[i], eps);
      for (const [j, value] of got[i].entries()) expect(value).toBeCloseTo(expected[j], 5);
      expect(sizes[norm.name](got[i].map((value, j) => value - centers[i][j]))).toBeLessThanOrEqual(eps * (1 + 1e-6));
    });
  });

  it('leaves a point inside as it is, and eps 0 leaves the centre alone', () => {
    const { center, x } = points();
    const inside = norm.project(x, center, eps * 0.99, [0, 1]);
    const again = norm.project(inside, center, eps, [0, 1]);
    expect(Math.max(...sub(again, inside).dataSync().map(Math.abs))).toBeLessThan(1e-6);
    expect(rows(norm.project(x, center, 0, [0, 1]))).toEqual(rows(center));
  });

  it('samples inside the ball, near its edge in high dimension, and keyed by example', () => {
    const key = { seed: 5, index, stream: 'start' };
    const sample = norm.sample(eps, item, key);
    const got = norm.size(sample).arraySync();
    for (const size of got) expect(size).toBeLessThanOrEqual(eps * (1 + 1e-6));
    expect(got.reduce((sum, each) => sum + each, 0) / got.length).toBeGreaterThan(eps * 0.85);
    const alone = norm.sample(eps, item, { ...key, index: index.slice(3, 4) });
    expect(rows(alone)[0]).toEqual(rows(sample)[3]);
  });

  it('leaks nothing', () => {
    const { center, x } = points();
    const before = memory().numTensors;
    norm.size(x).dispose();
    norm.steepest(x).dispose();
    norm.project(x, center, eps, [0, 1]).dispose();
    norm.sample(eps, item, { seed: 0, index, stream: 's' }).dispose();
    expect(memory().numTensors).toBe(before);
  });
});

describe('uniformity', () => {
  it.each(['l2', 'l1'] as const)('%s: the radius is u^(1/d) and each coordinate is centred', (name) => {
    const many = Float64Array.from({ length: 4000 }, (_, i) => i);
    const sample = norms[name].sample(1, [1, 2, 1], { seed: 2, index: many, stream: 'u' });
    const radii = norms[name].size(sample).arraySync();
    expect(radii.filter((radius) => radius < Math.SQRT1_2).length / 4000).toBeCloseTo(0.5, 1);
    expect(Math.abs(mean(sample).arraySync() as number)).toBeLessThan(0.02);
  });
});

interface GoldenCase {
  eps: number;
  x: number[];
  delta?: number[];
  y?: number[];
  projected_delta?: number[];
  exact_delta?: number[];
  exact_perturbation?: number[];
}

describe.skipIf(!existsSync(golden))('reference projections (needs ../shared/golden)', () => {
  it.each([
    ['linf', 'linf_ball_box'],
    ['l2', 'l2_ball_box'],
    ['l1', 'l1_ball_box'],
  ] as const)('%s', (name, key) => {
    const cases = (JSON.parse(readFileSync(golden, 'utf8')) as Record<string, GoldenCase[]>)[key];
    expect(cases.length).toBeGreaterThanOrEqual(10);
    for (const { x, eps, ...given } of cases) {
      const delta = given.delta ?? given.y ?? [];
      const expected = given.projected_delta ?? given.exact_delta ?? given.exact_perturbation ?? [];
      const center = tensor4d(x, [1, 1, 1, x.length]);
      const moved = tensor4d(
        x.map((value, i) => value + delta[i]),
        [1, 1, 1, x.length],
      );
      const [got] = rows(sub(norms[name].project(moved, center, eps, [0, 1]), center));
      got.forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i], 4);
      });
    }
  });
});
