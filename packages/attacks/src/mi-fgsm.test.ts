import '@tensorflow/tfjs-backend-cpu';
import { ensureGradients, fromFunction, perExample, uniform } from '@agoge/core';
import {
  add,
  memory,
  mul,
  reshape,
  square,
  stack,
  sum,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type MiFgsmOptions, miFgsm } from './mi-fgsm';

// Two classes, label 0: the logit of the other is w . x + a |x|^2 - 100, whose gradient w + 2 a x is known.
const side = 4;
const pixels = side * side;
const wave = Array.from({ length: pixels }, (_, i) => Math.sin(1.7 * i) + 0.2);
const bend = -0.9;
const index = Float64Array.of(5, 9);
const clean = Float32Array.from({ length: 2 * pixels }, (_, i) => 0.5 + 0.2 * Math.cos(0.9 * i));

const weights = tensor1d(wave);
const f = fromFunction(
  (x) => {
    const flat = reshape(x, [-1, pixels]) as Tensor2D;
    const other = add<Tensor1D>(add(sum(mul(flat, weights), 1), mul(sum(square(flat), 1), bend)), -100);
    return stack([zerosLike(other), other], 1) as Tensor2D;
  },
  { bounds: [0, 1], classes: 2 },
);
const x: Tensor4D = tensor4d(clean, [2, side, side, 1]);
const y = tensor1d([0, 0], 'int32');

beforeAll(ensureGradients);

const clip = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** The papers' formulas in float64, for one image, in linf. */
function reference(row: number, options: MiFgsmOptions): number[] {
  const { eps, steps = 10, decay = 1, momentum: kind, blur = 1, scales = 1, neighbours = 0, reach = 1.5 } = options;
  const start = [...clean.subarray(row * pixels, (row + 1) * pixels)];
  const stepSize = options.stepSize ?? eps / steps;
  const reachOf = (blur - 1) / 2;
  const kernel = Array.from({ length: blur }, (_, i) =>
    blur > 1 ? Math.exp(-(((3 * (i - reachOf)) / reachOf) ** 2) / 2) : 1,
  );
  const total = kernel.reduce((all, each) => all + each, 0);
  const smooth = (g: number[]) =>
    g.map((_, k) => {
      let value = 0;
      for (let i = 0; i < side; i++) {
        for (let j = 0; j < side; j++) {
          const [down, right] = [i - Math.floor(k / side) + reachOf, j - (k % side) + reachOf];
          value += ((kernel[down] ?? 0) * (kernel[right] ?? 0) * g[i * side + j]) / total ** 2;
        }
      }
      return value;
    });
  const gradient = (at: number[]) =>
    smooth(
      at.map((each, k) => {
        let g = 0;
        for (let s = 0; s < scales; s++) g += (2 ** -s * (wave[k] + 2 * bend * each * 2 ** -s)) / scales;
        return g;
      }),
    );
  let at = start;
  let ahead = start;
  let momentum = start.map(() => 0);
  let variance = start.map(() => 0);
  for (let i = 0; i < steps; i++) {
    const here = gradient(ahead);
    const near = Array.from({ length: neighbours }, (_, j) => {
      const key = { seed: options.seed ?? 0, stream: `miFgsm/near/${i}/${j}` };
      const offsets = perExample(
        (k, n) => uniform(k, n, -reach * eps, reach * eps),
        key,
        index.slice(row, row + 1),
        pixels,
      );
      return gradient(ahead.map((each, k) => clip(each + offsets[k], 0, 1)));
    });
    const g = here.map((each, k) => each + variance[k]);
    if (neighbours) variance = here.map((each, k) => near.reduce((all, n) => all + n[k], 0) / neighbours - each);
    const mean = g.reduce((all, each) => all + Math.abs(each), 0) / pixels;
    momentum = momentum.map((each, k) => decay * each + g[k] / mean);
    const inside = (points: number[]) =>
      points.map((each, k) => clip(clip(each, start[k] - eps, start[k] + eps), 0, 1));
    at = inside(at.map((each, k) => each + stepSize * Math.sign(momentum[k])));
    ahead =
      kind === 'nesterov' && i < steps - 1 ? inside(at.map((each, k) => each + stepSize * decay * momentum[k])) : at;
  }
  return at;
}

// The gradient changes its sign on the way, so that momentum matters.
const cases: [string, Partial<MiFgsmOptions>][] = [
  ['MI', {}],
  ['MI with a decay', { decay: 0.4 }],
  ['NI', { momentum: 'nesterov' }],
  ['TI', { blur: 3 }],
  ['SI', { scales: 3 }],
  ['VMI', { neighbours: 2 }],
  ['all but DI', { momentum: 'nesterov', blur: 5, scales: 2, neighbours: 2, reach: 0.5, decay: 0.8 }],
];

describe('miFgsm', () => {
  it.each(cases)('%s goes where float64 goes', async (_, options) => {
    // The best iterate is returned, with the look ahead often not the last: of ten ways compare those where it is.
    let compared = 0;
    for (const steps of [1, 2, 3, 4, 5]) {
      const all: MiFgsmOptions = { eps: 0.3, steps, stepSize: 0.06, loss: 'margin', seed: 4, index, ...options };
      const result = await miFgsm(f, x, y, all);
      const found = await result.x.data();
      result.x.dispose();
      for (const row of [0, 1]) {
        const expected = reference(row, all);
        const margin = (points: number[]) => 100 - points.reduce((z, each, k) => z + each * (wave[k] + bend * each), 0);
        if (Math.abs(result.margin[row] - margin(expected)) > 1e-4) continue;
        compared++;
        expected.forEach((each, k) => {
          expect(found[row * pixels + k]).toBeCloseTo(each, 5);
        });
      }
    }
    expect(compared).toBeGreaterThanOrEqual(options.momentum === 'nesterov' ? 2 : 6);
  });

  it('shrinks images by chance: other gradients for other seeds, the same for the same', async () => {
    const at = async (seed: number, diversity: number) => {
      const result = await miFgsm(f, x, y, { eps: 0.2, diversity, smallest: 0.5, seed, index, loss: 'margin' });
      const found = [...(await result.x.data())];
      result.x.dispose();
      return found;
    };
    expect(await at(1, 0.5)).toEqual(await at(1, 0.5));
    expect(await at(1, 0.5)).not.toEqual(await at(2, 0.5));
    expect(await at(1, 0)).toEqual(await at(2, 0));
  });

  it.each([
    [{}, 3 + 3, 3],
    [{ scales: 2 }, 6 + 3, 6],
    [{ neighbours: 2, scales: 2 }, 18 + 3, 18],
    [{ diversity: 0.5, neighbours: 1 }, 6 + 3 + 3, 6],
  ])('counts its passes: %j', async (options, forwards, backwards) => {
    const before = memory().numTensors;
    const result = await miFgsm(f, x, y, { eps: 1e-4, steps: 3, ...options });
    expect([...result.forwards, ...result.backwards]).toEqual([forwards, forwards, backwards, backwards]);
    result.x.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('refuses an even filter', async () => {
    await expect(miFgsm(f, x, y, { eps: 0.1, blur: 2 })).rejects.toThrow(
      'miFgsm: blur must be an odd integer >= 1, got 2',
    );
  });
});
