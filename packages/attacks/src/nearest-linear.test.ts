import '@tensorflow/tfjs-backend-cpu';
import { type Attack, fromFunction, normal, perExample, uniform } from '@agoge/core';
import { add, matMul, reshape, type Tensor2D, tensor1d, tensor2d, tensor4d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { cwAttack } from './cw';
import { ddnAttack } from './ddn';
import { deepfoolAttack } from './deepfool';
import type { Distance } from './distance';
import { eadAttack } from './ead';
import { fabAttack, fabTargetedAttack } from './fab';
import { fmnAttack } from './fmn';

// Of a linear model the nearest adversarial image is known: attacks are measured by how much farther out theirs are.

const [n, size] = [12, 12];
const slope = normal({ seed: 2, stream: 'slope' }, size);
const pixels = perExample(
  (key, length) => uniform(key, length, -0.1, 1.1),
  { seed: 5, stream: 'pixels' },
  Float64Array.from({ length: n }, (_, i) => i),
  size,
).map((each) => Math.min(1, Math.max(0, each)));
const images = Array.from({ length: n }, (_, i) => [...pixels.slice(i * size, (i + 1) * size)]);
const value = (image: readonly number[]) => image.reduce((sum, each, k) => sum + each * slope[k], 0);
/** The boundary: a fourth of the way from each image's value to the end of the box. */
const reach = (image: readonly number[]) =>
  slope.reduce((sum, g, k) => sum + Math.abs(g) * (g > 0 ? 1 - image[k] : image[k]), 0);
const farthestValue = Math.max(...images.map(value));
const level = farthestValue + 0.25 * Math.min(...images.map((image) => reach(image) - (farthestValue - value(image))));

/** Class 1 above the level, class 0 below; `extra` classes far behind. */
function linear(extra: number) {
  const classes = 2 + extra;
  const columns = tensor2d(
    Float32Array.from({ length: size * classes }, (_, i) => (i % classes === 1 ? slope[Math.floor(i / classes)] : 0)),
    [size, classes],
  );
  const shift = tensor1d([level, 0, ...Array(extra).fill(-10)]);
  return fromFunction((x) => add(matMul(reshape(x, [-1, size]) as Tensor2D, columns), shift), {
    bounds: [0, 1],
    classes,
  });
}

/** The least move onto the level, in float64. */
const least: Record<Distance, (rooms: number[], gap: number) => number> = {
  linf: (rooms, gap) => scaled(gap, (s) => rooms.map((room) => Math.min(s, room)), Math.max),
  l2: (rooms, gap) => scaled(gap, (s) => rooms.map((room, k) => Math.min(s * Math.abs(slope[k]), room)), Math.hypot),
  l1: (rooms, gap) => greedy(rooms, gap).used,
  l0: (rooms, gap) => greedy(rooms, gap, (k) => rooms[k] * Math.abs(slope[k])).moved,
};
function scaled(gap: number, move: (s: number) => number[], sizeOf: (...d: number[]) => number): number {
  let [low, high] = [0, 1e6];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    const gained = move(middle).reduce((sum, each, k) => sum + each * Math.abs(slope[k]), 0);
    if (gained < gap) low = middle;
    else high = middle;
  }
  return sizeOf(...move(high));
}
function greedy(rooms: number[], gap: number, worth = (k: number) => Math.abs(slope[k])) {
  const result = { used: 0, moved: 0 };
  let left = gap;
  for (const k of [...rooms.keys()].sort((a, b) => worth(b) - worth(a))) {
    if (left <= 0) break;
    const move = Math.min(rooms[k], left / Math.abs(slope[k]));
    result.used += move;
    result.moved++;
    left -= move * Math.abs(slope[k]);
  }
  return result;
}

const ratios: [name: string, most: number, attack: Attack][] = [
  ['fab', 1.01, fabAttack({ norm: 'linf', steps: 20 })],
  ['fab', 1.01, fabAttack({ norm: 'l2', steps: 20 })],
  ['fab', 1.01, fabAttack({ norm: 'l1', steps: 20 })],
  ['fabTargeted', 1.01, fabTargetedAttack({ norm: 'linf', steps: 20 })],
  ['fabTargeted', 1.01, fabTargetedAttack({ norm: 'l2', steps: 20 })],
  ['fabTargeted', 1.01, fabTargetedAttack({ norm: 'l1', steps: 20 })],
  ['deepfool', 1.01, deepfoolAttack({ norm: 'linf' })],
  ['deepfool', 1.01, deepfoolAttack({ norm: 'l2' })],
  ['ddn', 1.01, ddnAttack({ steps: 200 })],
  ['fmn', 1.001, fmnAttack({ norm: 'linf', steps: 200 })],
  ['fmn', 1.001, fmnAttack({ norm: 'l2', steps: 200 })],
  ['fmn', 1.001, fmnAttack({ norm: 'l1', steps: 200 })],
  ['fmn', 1.25, fmnAttack({ norm: 'l0', steps: 200 })],
  ['cw', 1.05, cwAttack({ steps: 250, rounds: 5, stepSize: 0.1, initialConstant: 0.1 })],
  ['ead', 1.1, eadAttack({ steps: 200, rounds: 6 })],
];

describe.each([0, 1, 3])('a linear model of two classes and %d more', (extra) => {
  it.each(ratios.map(([name, most, attack]) => [`${name} in ${attack.norm}`, most, attack] as const))(
    '%s is at most %d times as far out as need be',
    async (_, most, attack) => {
      const f = linear(extra);
      const x = tensor4d(pixels, [n, 2, 2, 3]);
      const y = tensor1d(new Int32Array(n), 'int32');
      const result = await attack.run(f, x, y, { seed: 0, index: Float64Array.from({ length: n }, (__, i) => i) });
      result.x.dispose();
      expect([...result.broken]).toEqual(Array(n).fill(1));
      const ratio = images.map((image, i) => {
        const rooms = image.map((each, k) => (slope[k] > 0 ? 1 - each : each));
        return result.distance[i] / least[attack.norm as Distance](rooms, level - value(image));
      });
      expect(Math.max(...ratio)).toBeLessThanOrEqual(most);
      expect(Math.min(...ratio)).toBeGreaterThan(1 - 1e-4);
    },
  );
});

it.each<[name: string, attack: Attack, forwards: number, backwards: number]>([
  // The clean image and the last look are two passes; five classes have four rivals.
  ['fab', fabAttack({ steps: 7, restarts: 2 }), 2 + 2 * 7 * (4 + 1), 2 * 7 * 4],
  ['fab with targets', fabAttack({ steps: 7, targets: 1 }), 2 + 7 * 2, 7],
  ['fabTargeted', fabTargetedAttack({ steps: 7, rivals: 3 }), 2 + 3 * 7 * 2, 3 * 7],
  ['fabTargeted for all rivals', fabTargetedAttack({ steps: 7 }), 2 + 4 * 7 * 2, 4 * 7],
  ['ddn', ddnAttack({ steps: 9 }), 2 + 9, 8],
  ['fmn', fmnAttack({ steps: 9 }), 2 + 9, 8],
  // Two steps, the first of which the bounds cut short, and the evaluation that finds it broken.
  ['deepfool', deepfoolAttack(), 2 + 3 * 4, 3 * 4],
  ['deepfool of three candidates', deepfoolAttack({ candidates: 3 }), 2 + 3 * 2, 3 * 2],
  // Rounds of one step, so that none ends early.
  ['cw', cwAttack({ steps: 1, rounds: 8 }), 2 + 8, 7],
  ['ead', eadAttack({ steps: 1, rounds: 8 }), 2 + 16, 8],
])('%s: passes are as documented', async (_, attack, forwards, backwards) => {
  const middle = tensor4d(new Float32Array(2 * size).fill(0.5), [2, 2, 2, 3]);
  const index = Float64Array.of(0, 1);
  const result = await attack.run(linear(3), middle, tensor1d([0, 0], 'int32'), { seed: 0, index });
  result.x.dispose();
  expect([...result.forwards]).toEqual([forwards, forwards]);
  expect([...result.backwards]).toEqual([backwards, backwards]);
});

const short = 0.25 * (level - farthestValue);
it.each<[name: string, most: number, attack: Attack]>([
  ['cw', 1.05, cwAttack({ steps: 150, rounds: 5, stepSize: 0.1, initialConstant: 0.1, confidence: short })],
  ['ead', 1.1, eadAttack({ steps: 100, rounds: 6, confidence: short })],
])('%s with a confidence: the nearest image so far beyond the boundary', async (_, most, attack) => {
  const x = tensor4d(pixels, [n, 2, 2, 3]);
  const index = Float64Array.from({ length: n }, (__, i) => i);
  const result = await attack.run(linear(0), x, tensor1d(new Int32Array(n), 'int32'), { seed: 0, index });
  result.x.dispose();
  images.forEach((image, i) => {
    const rooms = image.map((each, k) => (slope[k] > 0 ? 1 - each : each));
    const ratio = result.distance[i] / least[attack.norm as Distance](rooms, level - value(image) + short);
    expect(result.margin[i]).toBeLessThan(-short + 1e-5);
    expect(ratio).toBeLessThanOrEqual(most);
    expect(ratio).toBeGreaterThan(1 - 1e-4);
  });
});
