import '@tensorflow/tfjs-backend-cpu';
import { existsSync, readFileSync } from 'node:fs';
import { type NormName, normal, perExample, uniform } from '@agoge/core';
import { memory, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ontoHyperplane } from './hyperplane';

const lengths: Record<NormName, (d: number[]) => number> = {
  linf: (d) => Math.max(...d.map(Math.abs)),
  l2: (d) => Math.hypot(...d),
  l1: (d) => d.reduce((sum, each) => sum + Math.abs(each), 0),
};
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, each, i) => sum + each * b[i], 0);

async function moved(norm: NormName, points: number[][], weights: number[][], gaps: number[]): Promise<number[][]> {
  const shape: [number, number, number, number] = [points.length, 1, points[0].length, 1];
  const move = ontoHyperplane(
    norm,
    tensor4d(points.flat(), shape),
    tensor4d(weights.flat(), shape),
    tensor1d(gaps),
    [0, 1],
  );
  const found = await move.array();
  move.dispose();
  return found.map((image) => image.flat(2));
}

/** In float64: each pixel moves by `min(s * speed, room)`, or the heaviest first. */
const oracles: Record<NormName, (weights: number[], rooms: number[], missing: number) => number[]> = {
  linf: (weights, rooms, missing) => bisected(weights, missing, (s) => rooms.map((room) => Math.min(s, room))),
  l2: (weights, rooms, missing) =>
    bisected(weights, missing, (s) => rooms.map((room, i) => Math.min(s * weights[i], room))),
  l1(weights, rooms, missing) {
    const move = rooms.map(() => 0);
    let left = missing;
    for (const i of [...weights.keys()].sort((a, b) => weights[b] - weights[a])) {
      move[i] = Math.min(rooms[i], left / weights[i]);
      left -= move[i] * weights[i];
    }
    return move;
  },
};
function bisected(weights: number[], missing: number, move: (s: number) => number[]): number[] {
  let [low, high] = [0, 1e9];
  for (let i = 0; i < 300; i++) {
    const middle = (low + high) / 2;
    if (dot(weights, move(middle)) < missing) low = middle;
    else high = middle;
  }
  return move(high);
}

describe.each(['linf', 'l2', 'l1'] as const)('onto a hyperplane in %s', (norm) => {
  // Weights over five orders of magnitude, pixels at their bounds, gaps from next to nothing to all but out of reach.
  const size = 300;
  const shares = [1e-6, 1e-3, 0.05, 0.3, 0.6, 0.9, 0.99, 0.999];
  const index = Float64Array.from(shares, (_, i) => i);
  const rows = (stream: string, draw: typeof normal) => {
    const all = perExample(draw, { seed: 11, stream }, index, size);
    return shares.map((_, i) => Array.from(all.slice(i * size, (i + 1) * size)));
  };
  const weights = rows('weights', (key, n) => normal(key, n).map((each) => Math.sign(each) * Math.exp(2 * each)));
  const points = rows('points', (key, n) => uniform(key, n, -0.2, 1.2).map((each) => Math.min(1, Math.max(0, each))));

  it.each([1, -1])(
    'finds the least move, whatever its part of the way to the corner (gaps of sign %d)',
    async (sign) => {
      const rooms = weights.map((row, i) => row.map((w, k) => (w * sign > 0 ? 1 - points[i][k] : points[i][k])));
      const gaps = shares.map((share, i) => sign * share * dot(weights[i].map(Math.abs), rooms[i]));
      const found = await moved(norm, points, weights, gaps);
      found.forEach((d, i) => {
        const size = weights[i].map(Math.abs);
        const least = oracles[norm](size, rooms[i], Math.abs(gaps[i]));
        expect(lengths[norm](d) / lengths[norm](least), `size, share ${shares[i]}`).toBeCloseTo(1, 5);
        expect(dot(weights[i], d) / gaps[i], `gap, share ${shares[i]}`).toBeCloseTo(1, 5);
        d.forEach((each, k) => {
          expect(points[i][k] + each).toBeGreaterThanOrEqual(-1e-6);
          expect(points[i][k] + each).toBeLessThanOrEqual(1 + 1e-6);
        });
      });
    },
  );

  it('goes to the corner where the hyperplane is out of reach, and nowhere where there is no gap or no weight', async () => {
    const w = [2, -1, 0, 0.5];
    const point = [0.25, 0.75, 0.5, 1];
    const before = memory().numTensors;
    const found = await moved(norm, [point, point, point], [w, w, [0, 0, 0, 0]], [100, 0, 1]);
    expect(found[0]).toEqual([0.75, -0.75, 0, 0]);
    expect(found.slice(1).flat().map(Math.abs)).toEqual(Array(8).fill(0));
    expect(memory().numTensors).toBeLessThanOrEqual(before + 3);
  });
});

const golden = new URL('../../../../shared/golden/projections.json', import.meta.url);
describe.skipIf(!existsSync(golden))('against the reference code (needs ../shared/golden)', () => {
  it.each(['linf', 'l2', 'l1'] as const)('makes its moves in %s', async (norm) => {
    const cases = JSON.parse(readFileSync(golden, 'utf8')).fab[norm];
    expect(cases).toHaveLength(12);
    for (const { t, w, b, d, norm: length, feasible, note } of cases) {
      const [mine] = await moved(norm, [t], [w], [b - dot(w, t)]);
      expect(Math.abs(lengths[norm](mine) - length), note).toBeLessThan(1e-5);
      if (feasible) expect(Math.abs(dot(w, t) + dot(w, mine) - b), note).toBeLessThan(1e-5);
      if (norm === 'linf') continue;
      mine.forEach((each, i) => {
        expect(Math.abs(each - d[i]), note).toBeLessThan(1e-5);
      });
    }
  });
});
