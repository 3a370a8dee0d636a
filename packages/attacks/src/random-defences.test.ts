import '@tensorflow/tfjs-backend-cpu';
import { ensureGradients, fromFunction, lossAndGradient, normal } from '@agoge/core';
import {
  add,
  div,
  grad,
  matMul,
  memory,
  mul,
  reshape,
  round,
  square,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tanh,
  tensor1d,
  tensor2d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { apgd } from './apgd';
import { averagedSlope } from './apgd/averaged';
import { bpda } from './bpda';
import { eot } from './eot';
import { crossEntropy, margin } from './losses';
import { pgd } from './pgd';

const n = 6;
const columns = tensor2d(normal({ seed: 1, stream: 'columns' }, 12), [4, 3]);
const linear = (x: Tensor4D): Tensor2D => matMul(reshape(x, [-1, 4]) as Tensor2D, columns);
const x = tensor4d(
  normal({ seed: 2, stream: 'x' }, 4 * n).map((each) => 0.5 + 0.1 * Math.tanh(each)),
  [n, 2, 2, 1],
);
const options = { bounds: [0, 1], classes: 3 } as const;
let y: Tensor1D;
const rounded = (each: Tensor4D) => div<Tensor4D>(round(mul(each, 16)), 16);

beforeAll(async () => {
  await ensureGradients();
  const rows = (await linear(x).array()) as number[][];
  y = tensor1d(
    rows.map((row) => row.indexOf(Math.max(...row))),
    'int32',
  );
});

describe('bpda', () => {
  const line = tensor1d([0.13, 0.49, -0.8]);

  it('has the values of one function, to the bit, and the gradient of another', async () => {
    const both = bpda<Tensor1D>(
      (z) => round(mul<Tensor1D>(z, 3)),
      (z) => tanh(z),
    );
    expect(await both(line).array()).toEqual([0, 1, -2]);
    const slopes = await grad((z: Tensor) => sum(mul(both(z as Tensor1D), tensor1d([1, 2, 3]))))(line).data();
    [0.13, 0.49, -0.8].forEach((each, i) => {
      expect(slopes[i]).toBeCloseTo((i + 1) * (1 - Math.tanh(each) ** 2), 5);
    });
  });

  it('passes gradients straight through by default, and on to what comes before', async () => {
    const straight = bpda<Tensor1D>((z) => round(z));
    const slopes = await grad((z: Tensor) => sum(square(straight(mul(z as Tensor1D, 10)))))(line).data();
    // d/dz (round(10 z))^2, with the rounding taken for the identity: 2 round(10 z) * 10.
    expect([...slopes].map(Math.round)).toEqual([20, 100, -160]);
  });

  it('lets PGD through a defence that rounds gradients away', async () => {
    const defended = fromFunction((each) => linear(rounded(each)), options);
    const through = bpda(rounded);
    const open = fromFunction((each) => linear(through(each)), options);
    const eps = 0.45;
    const [blind, seeing] = [await pgd(defended, x, y, { eps }), await pgd(open, x, y, { eps })];
    expect([...(blind.zeroGradients ?? [])].every((each) => each > 0)).toBe(true);
    expect([...(seeing.zeroGradients ?? [])]).toEqual(Array(n).fill(0));
    const count = (flags: Uint8Array) => flags.reduce((all, each) => all + each, 0);
    expect(count(seeing.broken)).toBeGreaterThan(count(blind.broken));
    blind.x.dispose();
    seeing.x.dispose();
  });

  it('leaks nothing, and refuses functions of different shapes', () => {
    const before = memory().numTensors;
    bpda(rounded)(x).dispose();
    expect(memory().numTensors).toBe(before);
    const wrong = bpda<Tensor>(
      (z) => sum(z),
      (z) => z.clone(),
    );
    expect(() => wrong(line)).toThrow('bpda: what backward returns must have shape [], as of forward, got [3]');
    expect(() => bpda(1 as never)).toThrow('bpda: forward must be a function, got 1');
  });
});

describe('eot', () => {
  const shift = (draw: number) => normal({ seed: draw, stream: 'shift' }, 1)[0];
  // The gradient of the square hangs on the draw.
  const drawn = (each: Tensor4D, draw: number): Tensor2D => square(add<Tensor2D>(linear(each), shift(draw)));

  it('is the mean of its draws, values and gradients, and always the same', async () => {
    const samples = 5;
    const mean = eot(drawn, { samples, ...options });
    const z = (await linear(x).array()) as number[][];
    const shifts = Array.from({ length: samples }, (_, draw) => shift(draw));
    const expected = z.map((row) => row.map((each) => shifts.reduce((all, s) => all + (each + s) ** 2, 0) / samples));
    const found = (await mean(x).array()) as number[][];
    found.forEach((row, i) => {
      row.forEach((each, k) => {
        expect(each).toBeCloseTo(expected[i][k], 4);
      });
    });
    expect(await mean(x).array()).toEqual(found);
    const { gradient } = lossAndGradient(mean, x, (logits) => margin(logits, y));
    const one = lossAndGradient(
      fromFunction(
        (each) => square(add<Tensor2D>(linear(each), shifts.reduce((all, s) => all + s, 0) / samples)),
        options,
      ),
      x,
      (logits) => margin(logits, y),
    );
    // The gradient is linear in the shift, so the mean of the gradients is that at the mean shift.
    const labels = await y.data();
    const top = (rows: number[][]) =>
      rows.map((row, i) => row.indexOf(Math.max(...row.filter((_, k) => k !== labels[i]))));
    const meanRows = (await square(
      add(linear(x), shifts.reduce((all, s) => all + s, 0) / samples),
    ).array()) as number[][];
    const [a, b] = [await gradient.data(), await one.gradient.data()];
    const [rivals, theirs] = [top(found), top(meanRows)];
    const same = rivals.flatMap((each, i) => (each === theirs[i] ? [i] : []));
    expect(same.length).toBeGreaterThan(1);
    for (const i of same) for (let k = 0; k < 4; k++) expect(a[4 * i + k]).toBeCloseTo(b[4 * i + k], 4);
  });

  it('refuses what is no number of draws', () => {
    expect(() => eot(drawn, { samples: 0, ...options })).toThrow('eot: samples must be an integer >= 1, got 0');
  });
});

describe('apgd with eotSamples', () => {
  /** Answers otherwise each time, in turn. */
  function wavering() {
    let calls = 0;
    return Object.assign(
      (each: Tensor4D) => add<Tensor2D>(linear(each), tensor1d([0, 0.1 * (calls++ % 4), 0])),
      options,
    );
  }

  it('takes means of logits, losses and gradients over so many evaluations', async () => {
    const aim = { loss: crossEntropy, score: margin };
    const question = { aim, x, y, wanted: y, index: new Float64Array(n) };
    const four = averagedSlope({ f: wavering(), ...question }, 4);
    expect([four.forwards, four.backwards]).toEqual([4, 4]);
    const f = wavering();
    const single = [0, 1, 2, 3].map(() => averagedSlope({ f, ...question }, 1));
    for (const name of ['logits', 'loss', 'gradient'] as const) {
      const all = await Promise.all(single.map((each) => (each[name] as Tensor).data()));
      const found = await (four[name] as Tensor).data();
      found.forEach((each, i) => {
        expect(each).toBeCloseTo(
          all.reduce((mean, values) => mean + values[i] / 4, 0),
          5,
        );
      });
    }
  });

  it('counts them', async () => {
    const before = memory().numTensors;
    const result = await apgd(fromFunction(linear, options), x, y, { eps: 1e-5, steps: 6, eotSamples: 3, restarts: 2 });
    expect([...result.forwards]).toEqual(Array(n).fill(1 + 2 * (6 * 3 + 1) + 1));
    expect([...result.backwards]).toEqual(Array(n).fill(2 * 6 * 3));
    result.x.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
