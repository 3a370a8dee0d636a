import '@tensorflow/tfjs-backend-cpu';
import { existsSync, readFileSync } from 'node:fs';
import { blackBox, fromFunction, ModelError, type NormName, uniform } from '@agoge/core';
import {
  matMul,
  reshape,
  softmax,
  sub,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { square } from './square';
import { bumpSearch } from './square/bump-search';
import { bump } from './square/bumps';
import { cornerSearch } from './square/corner-search';
import { offsets, squaresAt } from './square/place';
import { shareAt, squareSide, windowSide } from './square/schedule';

const golden = (file: string) => new URL(`../../../../shared/golden/${file}`, import.meta.url);
const read = (file: string) => JSON.parse(readFileSync(golden(file), 'utf8'));
const numbersOf = async (x: Tensor) => [...(await x.data())];

describe.skipIf(!existsSync(golden('schedules.json')))('against the reference code (needs ../shared/golden)', () => {
  it('the shares and sides of every schedule', () => {
    const schedules = read('schedules.json').square as Record<string, number[] | number | boolean>[];
    expect(schedules.length).toBeGreaterThan(3);
    for (const { resc_schedule, n_queries, p_init, iteration, p, ...sides } of schedules) {
      const plan = { queries: n_queries as number, rescale: resc_schedule as boolean };
      (iteration as number[]).forEach((at, i) => {
        const share = shareAt(at, p_init as number, plan);
        expect(share, `iteration ${at}`).toBeCloseTo((p as number[])[i], 12);
        for (const length of [28, 32, 224]) {
          expect(squareSide(share, length, length)).toBe((sides[`side_linf_${length}`] as number[])[i]);
          expect(windowSide(share, length, length)).toBe((sides[`side_l2_l1_${length}`] as number[])[i]);
        }
      });
    }
  });

  const traces = () => read('attack_traces.json').cases as { name: string }[];

  it('the bumps', () => {
    const found = traces().find((each) => each.name === 'square_eta') as unknown as {
      values: { norm: 'L2' | 'L1'; s: number; eta_not_transposed: number[][] }[];
    };
    for (const { norm, s, eta_not_transposed: eta } of found.values) {
      const mine = bump(norm === 'L2' ? 'l2' : 'l1', s, false);
      eta.flat().forEach((each, i) => {
        expect(mine[i], `${norm} ${s}`).toBeCloseTo(each, 6);
      });
    }
    expect(found.values.length).toBeGreaterThan(5);
  });

  it('the way in linf, with its draws', async () => {
    const trace = traces().find((each) => each.name === 'square_linf_replay') as unknown as {
      eps: number;
      weights: { kernel_NHWC_flat: number[][] };
      x: number[][][][];
      y: number[];
      'init_sign_stripes_[n][w][c]': number[][][];
      draws: { vh: number; vw: number; sign_per_channel: number[]; side: number }[];
      margin_of_each_query_on_remaining_samples: number[][];
      queries_used: number[];
      x_best: number[][][][];
    };
    const [x, y] = [tensor4d(trace.x), tensor1d(trace.y, 'int32')];
    const n = trace.y.length;
    const kernel = tensor2d(trace.weights.kernel_NHWC_flat);
    const bias = (trace.weights as { bias?: number[] }).bias;
    const [, height, width, channels] = x.shape;
    const search = cornerSearch([height, width, channels], {
      ...{ eps: trace.eps, bounds: [0, 1], queries: trace.draws.length, share: 0.8 },
      ...{ rescale: false, offset: offsets.reference, seed: 0 },
    });
    const stripes = trace['init_sign_stripes_[n][w][c]'];
    let memory = search.begin(x);
    const found = trace.y.map(() => undefined as { queries: number; image: number[] } | undefined);
    for (let query = 0; query <= trace.draws.length; query++) {
      const { vh, vw, sign_per_channel: sign, side } = trace.draws[Math.max(query - 1, 0)];
      if (query > 0) expect(squareSide(shareAt(query - 1, 0.8, { queries: 60, rescale: false }), 8, 8)).toBe(side);
      const corners = trace.y.map(() => [vh, vw] as const);
      const noise =
        query === 0
          ? { signs: reshape(tensor4d([stripes], [1, n, width, channels]), [n, 1, width, channels]) }
          : { ...squaresAt(corners, side, [height, width]), signs: tensor4d(sign, [1, 1, 1, channels]) };
      const proposed = search.propose({ center: x, memory, noise, query });
      let logits = matMul(reshape(proposed, [n, -1]) as Tensor2D, kernel);
      if (bias) logits = sub(logits, tensor1d(bias.map((each) => -each)));
      const rows = (await logits.array()) as number[][];
      const margins = rows.map((row, i) => row[trace.y[i]] - Math.max(...row.filter((_, k) => k !== trace.y[i])));
      const score = tensor1d(margins);
      const loss = tensor1d(margins.map((each) => -each));
      memory = search.learn({ center: x, memory, noise, query, x: proposed, score, loss });
      const images = await numbersOf(proposed);
      const length = images.length / n;
      const remaining = margins.filter((_, i) => !found[i]);
      trace.margin_of_each_query_on_remaining_samples[query].forEach((theirs, i) => {
        expect(Math.abs(remaining[i] - theirs), `query ${query}`).toBeLessThan(1e-5);
      });
      margins.forEach((each, i) => {
        if (each > 0 || found[i]) return;
        found[i] = { queries: query + 1, image: images.slice(i * length, (i + 1) * length) };
      });
    }
    expect(found.map((each) => each?.queries ?? trace.draws.length + 1)).toEqual(trace.queries_used);
    const best = await numbersOf(memory.at);
    const length = best.length / n;
    trace.x_best.forEach((theirs, i) => {
      const mine = found[i]?.image ?? best.slice(i * length, (i + 1) * length);
      theirs.flat(2).forEach((each, k) => {
        expect(Math.abs(mine[k] - each)).toBeLessThan(1e-5);
      });
    });
    expect(y.size).toBe(n);
  });
});

// One step in l2 and l1, written once more in float64 for one image.
const item = [7, 9, 2] as const;
const length = 126;
const at = (row: number, column: number, channel: number) => (row * 9 + column) * 2 + channel;

describe.each([
  ['l2', 0.7],
  ['l1', 2],
] as const)('a window in %s', (norm, eps) => {
  const options = { eps, queries: 50, share: 0.3, rescale: false, offset: offsets.whole, seed: 3 };
  const center = Float32Array.from({ length }, (_, i) => 0.5 + 0.02 * Math.sin(i));
  const clean = tensor4d(center, [1, ...item]);
  const powered = (each: number) => (norm === 'l2' ? each * each : Math.abs(each));
  const rooted = (each: number) => (norm === 'l2' ? Math.sqrt(each) : each);
  const sizeOf = (delta: number[]) => rooted(delta.reduce((sum, each) => sum + powered(each), 0));
  // Wide bounds: nothing is cut.
  const search = bumpSearch(norm, item, { ...options, bounds: [-9, 9] });

  it('moves what the other holds, and fills up to eps', async () => {
    const index = Float64Array.of(4);
    const grid = search.draw(0, index);
    const started = search.propose({ center: clean, memory: search.begin(clean), noise: grid, query: 0 });
    // Less than eps, so that there is something to fill up.
    const scaled = (await numbersOf(started)).map((each, i) => center[i] + 0.8 * (each - center[i]));
    const memory = { at: tensor4d(scaled, [1, ...item]), loss: tensor1d([0]) };
    const noise = search.draw(1, index);
    const mine = await numbersOf(search.propose({ center: clean, memory, noise, query: 1 }));

    const [rows, columns, fromRows, fromColumns, bumps, signs] = await Promise.all(
      ['rows', 'columns', 'fromRows', 'fromColumns', 'bumps', 'signs'].map((name) => numbersOf(noise[name])),
    );
    expect([rows, columns].map((each) => each.reduce((sum, one) => sum + one, 0))).toEqual([5, 5]);
    const before = scaled.map((each, i) => each - center[i]);
    const after = [...before];
    const isTo = (row: number, column: number) => rows[row] * columns[column] === 1;
    const isFrom = (row: number, column: number) => fromRows[row] * fromColumns[column] === 1;
    const places = Array.from({ length: 63 }, (_, i) => [Math.floor(i / 9), i % 9] as const);
    const touched = places.filter(([row, column]) => isTo(row, column) || isFrom(row, column));
    const held = sizeOf(touched.flatMap(([row, column]) => [0, 1].map((channel) => before[at(row, column, channel)])));
    const missing = norm === 'l2' ? eps ** 2 - sizeOf(before) ** 2 : eps - sizeOf(before);
    const tall = rooted(missing / 2 + powered(held));
    for (const [row, column] of touched) for (const channel of [0, 1]) after[at(row, column, channel)] = 0;
    for (const channel of [0, 1]) {
      const inside = places.filter(([row, column]) => isTo(row, column));
      const old = sizeOf(inside.map(([row, column]) => before[at(row, column, channel)]));
      const risen = inside.map(
        ([row, column]) => signs[channel] * bumps[row * 9 + column] + before[at(row, column, channel)] / old,
      );
      inside.forEach(([row, column], i) => {
        after[at(row, column, channel)] = (risen[i] / sizeOf(risen)) * tall;
      });
    }
    if (norm === 'l2') {
      const size = sizeOf(after);
      after.forEach((each, i) => {
        expect(mine[i] - center[i]).toBeCloseTo((each / size) * eps, 5);
      });
      return;
    }
    // The projection shrinks all by one threshold.
    let [less, more] = [0, 10];
    const shrunk = (by: number) => after.map((each) => Math.sign(each) * Math.max(Math.abs(each) - by, 0));
    for (let i = 0; i < 100; i++) {
      const middle = (less + more) / 2;
      if (sizeOf(shrunk(middle)) > eps) less = middle;
      else more = middle;
    }
    shrunk(more).forEach((each, i) => {
      expect(mine[i] - center[i]).toBeCloseTo(each, 4);
    });
  });

  it('begins with a grid of bumps that covers the image and has size eps', async () => {
    const grid = search.draw(0, Float64Array.of(0, 1));
    const [image, other] = (await numbersOf(grid.grid)).reduce(
      (halves, each, i) => {
        halves[Math.floor(i / length)].push(each);
        return halves;
      },
      [[], []] as number[][],
    );
    expect(image.every((each) => each !== 0)).toBe(true);
    expect(image).not.toEqual(other);
    const started = search.propose({ center: clean, memory: search.begin(clean), noise: grid, query: 0 });
    const delta = (await numbersOf(started)).slice(0, length).map((each, i) => each - center[i]);
    expect(sizeOf(delta)).toBeCloseTo(eps, 4);
  });
});

describe('square', () => {
  const shape = [5, 3, 2] as const;
  const size = 30;
  const weights = tensor2d(uniform({ seed: 1, stream: 'weights' }, size * 3, -1, 1), [size, 3]);
  const f = fromFunction((x) => matMul(reshape(x, [-1, size]) as Tensor2D, weights), { bounds: [0, 1], classes: 3 });
  const n = 9;
  const pixels = uniform({ seed: 2, stream: 'pixels' }, n * size);
  const x = tensor4d(pixels, [n, ...shape]);
  const labelsOf = async (images: Tensor4D) => {
    const rows = (await f(images).array()) as number[][];
    return rows.map((row) => row.indexOf(Math.max(...row)));
  };
  const eps: Record<NormName, number> = { linf: 0.06, l2: 0.25, l1: 0.7 };
  const norms = ['linf', 'l2', 'l1'] as const;

  it.each(norms)(
    'gets the same from logits and from probabilities of a black box as from a classifier, in %s',
    async (norm) => {
      const y = tensor1d(await labelsOf(x), 'int32');
      const options = { norm, eps: eps[norm], queries: 60, seed: 5 };
      const { broken, margin, forwards } = await square(f, x, y, options);
      expect(broken.some((each) => each === 1)).toBe(true);
      expect(broken.some((each) => each === 0)).toBe(true);
      for (const output of ['logits', 'probabilities'] as const) {
        let asked = 0;
        const answer = async (images: Tensor4D) => {
          asked += images.shape[0];
          return output === 'logits' ? f(images) : softmax(f(images));
        };
        const box = blackBox(answer, { bounds: [0, 1], classes: 3, output });
        const result = await square(box, x, y, options);
        expect(result.broken).toEqual(broken);
        result.margin.forEach((each, i) => {
          if (!broken[i]) expect(each).toBeCloseTo(margin[i], 4);
        });
        // To the query: who is broken leaves at once, and nothing is padded.
        expect(asked).toBe(result.forwards.reduce((sum, each) => sum + each));
        result.forwards.forEach((each, i) => {
          expect(each).toBeLessThanOrEqual(forwards[i]);
          if (!broken[i]) expect(each).toBe(63);
        });
      }
    },
  );

  it('refuses a black box that tells labels alone', async () => {
    const box = blackBox(async (images) => tensor1d(await labelsOf(images)), {
      bounds: [0, 1],
      classes: 3,
      output: 'labels',
    });
    const promise = square(box, x, tensor1d(new Int32Array(n), 'int32'), { eps: 0.1 });
    await expect(promise).rejects.toThrow('square: needs scores, but the black box tells labels alone');
    await expect(promise).rejects.toBeInstanceOf(ModelError);
  });

  it('reaches the corner that is the optimum of a linear model in linf', async () => {
    // Squares of one pixel in the end, so that each pixel finds its sign.
    const slope = uniform({ seed: 9, stream: 'slope' }, size, -1, 1);
    const columns = Float32Array.from({ length: 2 * size }, (_, i) => (i % 2 ? slope[i >> 1] : 0));
    const offset = tensor1d([100, 0]);
    const linear = fromFunction(
      (images) => sub(matMul(reshape(images, [-1, size]) as Tensor2D, tensor2d(columns, [size, 2])), sub(0, offset)),
      { bounds: [0, 1], classes: 2 },
    );
    const { x: found } = await square(linear, x, tensor1d(new Int32Array(n), 'int32'), {
      eps: 0.1,
      queries: 1500,
      share: 0.02,
    });
    const best = pixels.map((each, i) => Math.min(1, Math.max(0, each + 0.1 * Math.sign(slope[i % size]))));
    (await numbersOf(found)).forEach((each, i) => {
      expect(each).toBeCloseTo(best[i], 6);
    });
  });

  it('never touches the last row and column with small squares where the authors do not', async () => {
    const touched = async (variant: 'whole' | 'reference') => {
      const zeros = tensor1d(new Int32Array(n), 'int32');
      const other = fromFunction((images) => sub(f(images), tensor1d([-100, 0, 0])), { bounds: [0, 1], classes: 3 });
      const start = await square(other, x, zeros, { eps: 0.1, queries: 1, share: 0.01, variant });
      const end = await square(other, x, zeros, { eps: 0.1, queries: 200, share: 0.01, variant });
      const [before, after] = [await numbersOf(start.x), await numbersOf(end.x)];
      return before.filter((each, i) => Math.floor((i % size) / 6) === 4 && each !== after[i]).length;
    };
    expect(await touched('whole')).toBeGreaterThan(0);
    expect(await touched('reference')).toBe(0);
  });

  it.each([
    [{ eps: 0.1, queries: 0 }, 'square: queries must be an integer >= 1, got 0'],
    [{ eps: 0.1, share: 0 }, 'square: share must be a finite number > 0 and <= 1, got 0'],
    [{ eps: 0.1, share: 1.5 }, 'square: share must be'],
    [{ eps: 0.1, variant: 'boxed' }, 'square: variant must be one of "whole", "reference", got "boxed"'],
    [{ eps: 0.1, steps: 3 }, 'square: unknown option "steps"'],
  ])('refuses %j', async (options, message) => {
    const zeros = tensor1d(new Int32Array(n), 'int32');
    await expect(square(f, x, zeros, options as { eps: number })).rejects.toThrow(message);
  });
});
