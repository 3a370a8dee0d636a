import '@tensorflow/tfjs-backend-cpu';
import {
  type Attack,
  type AttackResult,
  type Batches,
  type BlackBox,
  blackBox,
  type Classifier,
  fromFunction,
  ModelError,
  type NormName,
  normal,
  perExample,
  uniform,
} from '@agoge/core';
import {
  argMax,
  getBackend,
  matMul,
  memory,
  mul,
  reshape,
  slice,
  softmax,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tanh,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { boundaryAttack } from './boundary';
import { hopSkipJumpAttack } from './hop-skip-jump';
import { nesAttack } from './nes';
import { noiseAttack } from './noise';
import { onePixelAttack } from './one-pixel';
import type { ExampleRecord } from './records';
import { attacks as registered } from './registry';
import { runAttacks } from './runner';
import { spatialAttack } from './spatial';
import { spsaAttack } from './spsa';
import { squareAttack } from './square';

// Every attack that sees answers alone keeps the promises of contract.test.ts, and some of its own, of classifiers and black
// boxes alike.

const shape: [number, number, number] = [4, 3, 2];
const size = 24;
const classes = 4;
const hidden = 12;
const random = (stream: string, length: number) => normal({ seed: 7, stream }, length);
const inner = tensor2d(random('inner', size * hidden), [size, hidden]);
const outer = tensor2d(random('outer', hidden * classes), [hidden, classes]);
const network = fromFunction((x) => matMul(tanh(matMul(reshape(x, [-1, size]) as Tensor2D, inner)), outer), {
  bounds: [0, 1],
  classes,
});

const n = 11;
const index = Float64Array.from({ length: n }, (_, i) => i + 40);
const draw: typeof uniform = (key, length) => uniform(key, length, -0.1, 1.1);
const pixels = perExample(draw, { seed: 3, stream: 'pixels' }, index, size).map((x) => Math.min(1, Math.max(0, x)));
const images = tensor4d(pixels, [n, ...shape]);

interface Options {
  eps?: number;
  targets?: number;
}
interface Row {
  name: keyof typeof registered;
  norm: Attack['norm'];
  /** An attack of few queries, and the same of more, which begins with those. */
  make(options: Options, long?: boolean): Attack;
  /** Where it has a ball. */
  eps?: number;
  /** Whether it looks for the nearest image rather than the strongest. */
  isNearest?: boolean;
}
const eps: Record<NormName, number> = { linf: 0.1, l2: 0.35, l1: 1 };
const balls = Object.entries(eps) as [NormName, number][];
const inBall = (name: Row['name'], make: (options: { norm: NormName; eps: number }, long: boolean) => Attack): Row[] =>
  balls.map(([norm, radius]) => ({
    ...{ name, norm, eps: radius },
    make: (options, long = true) => make({ norm, eps: radius, ...options }, long),
  }));
const table: Row[] = [
  ...inBall('square', (options, long) => squareAttack({ queries: long ? 80 : 30, ...options })),
  ...inBall('noise', (options, long) => noiseAttack({ queries: long ? 40 : 20, ...options })),
  ...inBall('nes', (options, long) =>
    nesAttack({ steps: long ? 6 : 3, pairs: 5, stepSize: options.eps / 3, ...options }),
  ),
  ...inBall('spsa', (options, long) => spsaAttack({ steps: long ? 6 : 3, pairs: 5, stepSize: 0.05, ...options })),
  ...(['linf', 'l2'] as const).map(
    (norm): Row => ({
      ...{ name: 'hopSkipJump', norm, eps: 2 * eps[norm], isNearest: true },
      make: (options, long = true) =>
        hopSkipJumpAttack({ norm, steps: long ? 4 : 2, firstProbes: 12, tries: 10, ...options }),
    }),
  ),
  {
    ...{ name: 'boundary', norm: 'l2', eps: 2.5 * eps.l2, isNearest: true },
    make: (options, long = true) => boundaryAttack({ steps: long ? 200 : 100, tries: 10, aroundStep: 0.1, ...options }),
  },
  {
    ...{ name: 'onePixel', norm: 'l0' },
    make: ({ targets }, long = true) => onePixelAttack({ population: 8, generations: long ? 8 : 3, targets }),
  },
  {
    ...{ name: 'spatial', norm: 'none' },
    make: ({ targets }, long = true) =>
      spatialAttack({ poses: 'random', maxRotation: 15, maxShift: 0.4, draws: long ? 30 : 5, targets }),
  },
];

it('covers every attack that is registered and sees answers alone', () => {
  const make = registered as unknown as Record<string, (options: object) => Attack>;
  const those = Object.keys(make).filter((name) => {
    try {
      return make[name]({}).needs !== 'gradient';
    } catch {
      return make[name]({ eps: 1 }).needs !== 'gradient';
    }
  });
  expect([...new Set(table.map(({ name }) => name))].sort()).toEqual(those.sort());
});

let labels: Int32Array;
let y: Tensor1D;
beforeAll(async () => {
  const predicted = await predict(network, images);
  labels = predicted.map((each, i) => (i === 2 || i === 5 ? (each + 1) % classes : each));
  y = tensor1d(labels, 'int32');
});

async function predict(f: Classifier, x: Tensor4D): Promise<Int32Array> {
  const logits = f(x);
  const rows = (await logits.array()) as number[][];
  logits.dispose();
  return Int32Array.from(rows, (row) => row.indexOf(Math.max(...row)));
}

const distanceOf: Record<Attack['norm'], (delta: number[]) => number> = {
  linf: (delta) => Math.max(...delta.map(Math.abs)),
  l2: (delta) => Math.hypot(...delta),
  l1: (delta) => delta.reduce((sum, each) => sum + Math.abs(each), 0),
  l0: (delta) => delta.filter((each, i) => i % 2 === 0 && (each !== 0 || delta[i + 1] !== 0)).length,
  none: (delta) => Math.hypot(...delta),
};

async function plain({ x, ...rest }: AttackResult) {
  const found = [...(await x.data())];
  x.dispose();
  return { ...rest, x: found };
}
const imageOf = (x: readonly number[], i: number) => x.slice(i * size, (i + 1) * size);
const count = (flags: ArrayLike<number>) => Array.from(flags).reduce((sum, each) => sum + each, 0);
const run = { seed: 1, index };

/** The network as a black box, and how many images it was asked about. */
function asBox(output: BlackBox['output']) {
  const asked = { images: 0 };
  const box = blackBox(
    async (x) => {
      asked.images += x.shape[0];
      if (output === 'logits') return network(x);
      return tidy(() => (output === 'labels' ? argMax(network(x), 1) : softmax(network(x)))) as Tensor2D;
    },
    { bounds: [0, 1], classes, output },
  );
  return { box, asked };
}

describe.each(table)('$name in $norm', ({ name, norm, make, eps: radius, isNearest }) => {
  it('stays inside ball and box, and reports what it found', async () => {
    const result = await make({ eps: radius }).run(network, images, y, run);
    const predicted = await predict(network, result.x);
    const { x: found, broken, distance, margin } = await plain(result);
    expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...found)).toBeLessThanOrEqual(1);
    for (let i = 0; i < n; i++) {
      const size = distanceOf[norm](imageOf(found, i).map((each, k) => each - pixels[i * 24 + k]));
      if (radius) expect(size).toBeLessThanOrEqual(radius * (1 + 1e-6));
      if (norm === 'l0') expect(size).toBeLessThanOrEqual(1);
      expect(distance[i]).toBeCloseTo(size, 6);
      expect(broken[i]).toBe(Number(predicted[i] !== labels[i]));
      expect(Math.sign(margin[i])).toBe(broken[i] ? -1 : 1);
    }
    // Two are broken from the start.
    expect(count(broken)).toBeGreaterThan(2);
  });

  it('does not attack what is broken already', async () => {
    const result = await plain(await make({ eps: radius }).run(network, images, y, run));
    for (const i of [2, 5]) {
      expect([result.broken[i], result.distance[i], result.forwards[i], result.backwards[i]]).toEqual([1, 0, 1, 0]);
      expect(imageOf(result.x, i)).toEqual([...pixels.slice(i * size, (i + 1) * size)]);
    }
  });

  it('finds the same through a black box, and asks it as often as it says', async () => {
    const attack = make(isNearest ? {} : { eps: radius });
    const exact = await plain(await attack.run(network, images, y, run));
    const outputs: BlackBox['output'][] = ['logits', 'probabilities', 'labels'];
    for (const output of outputs.filter((each) => attack.needs === 'labels' || each !== 'labels')) {
      const { box, asked } = asBox(output);
      const before = memory().numTensors;
      const result = await attack.run(box, images, y, run);
      expect(memory().numTensors).toBe(before + 1);
      const found = await plain(result);
      expect(asked.images).toBe(count(found.forwards));
      expect(found.broken).toEqual(exact.broken);
      for (let i = 0; i < n; i++) {
        // Who is broken leaves a black box at once, and a classifier when it is read back.
        expect(found.forwards[i]).toBeLessThanOrEqual(exact.forwards[i]);
        if (exact.broken[i] && !isNearest) continue;
        expect(found.forwards[i]).toBe(exact.forwards[i]);
        // Logarithms of probabilities are rounded logits, and labels tell no unbroken image from another.
        const tellsAll = output === 'logits' || isNearest;
        if (tellsAll) expect(imageOf(found.x, i)).toEqual(imageOf(exact.x, i));
      }
    }
  });

  it('refuses a black box that tells too little', async () => {
    const { box } = asBox('labels');
    const promise = make({ eps: radius }).run(box, images, y, run);
    if (make({ eps: radius }).needs === 'labels') {
      (await promise).x.dispose();
      return;
    }
    await expect(promise).rejects.toThrow(`${name}: needs scores, but the black box tells labels alone`);
  });

  it('is no weaker for more queries', async () => {
    const [few, many] = await Promise.all(
      [false, true].map(async (long) =>
        plain(await make(isNearest ? {} : { eps: (radius ?? 0) / 2 || undefined }, long).run(network, images, y, run)),
      ),
    );
    let better = 0;
    for (let i = 0; i < n; i++) {
      expect(many.broken[i]).toBeGreaterThanOrEqual(few.broken[i]);
      const [before, after] = isNearest ? [few.distance, many.distance] : [few.margin, many.margin];
      if (!few.broken[i] || isNearest) expect(after[i]).toBeLessThanOrEqual(before[i] + 1e-5);
      better += Number(after[i] < before[i]);
    }
    expect(better).toBeGreaterThan(0);
  });

  it('depends on the seed alone', async () => {
    const attack = make(isNearest ? {} : { eps: (radius ?? 0) / 4 || undefined }, false);
    const first = await plain(await attack.run(network, images, y, run));
    expect(await plain(await attack.run(network, images, y, run))).toEqual(first);
    expect((await plain(await attack.run(network, images, y, { ...run, seed: 2 }))).x).not.toEqual(first.x);
  });

  it('neither changes nor disposes of its inputs, and leaks nothing', async () => {
    const attack = make({ eps: radius });
    const before = memory().numTensors;
    const result = await attack.run(network, images, y, run);
    expect(memory().numTensors).toBe(before + 1);
    result.x.dispose();
    expect([...(await images.data())]).toEqual([...pixels]);
    expect([...(await y.data())]).toEqual([...labels]);
  });

  it('counts its passes as the classifier does, to the query where nobody leaves', async () => {
    let passes = 0;
    const counted = Object.assign(
      (x: Tensor4D) => {
        passes += x.shape[0];
        return network(x);
      },
      { classes, bounds: network.bounds },
    );
    const three = tidy(() => slice(images, [6, 0, 0, 0], [3, -1, -1, -1]));
    const labelled = tensor1d(labels.slice(6, 9), 'int32');
    // Too weak to break anything, or in need of all queries.
    const weak = make(isNearest ? {} : { eps: radius && 1e-5 }, false);
    const result = await plain(await weak.run(counted, three, labelled, { seed: 0, index: index.slice(6, 9) }));
    three.dispose();
    if (radius) expect(passes).toBe(count(result.forwards));
    else expect(passes).toBeGreaterThanOrEqual(count(result.forwards));
    expect(result.backwards).toEqual(new Int32Array(3));
    expect(count(result.forwards.subarray(0, 1))).toBeGreaterThan(2);
  });

  it('gives the same records whatever the batch size: on cpu all of each, elsewhere the same verdicts', async () => {
    const results = [];
    for (const batchSize of [1, 3, 7, 16]) {
      const { records } = await runAttacks(network, data(), [make({ eps: radius })], { batchSize, seed: 4 });
      results.push(records);
    }
    const promised = ({ index, correct, brokenBy }: ExampleRecord) => ({ index, correct, brokenBy });
    const compared = results.map((each) => (getBackend() === 'cpu' ? each : each.map(promised)));
    for (const each of compared) expect(each).toEqual(compared[0]);
  });

  it('never passes a single image to a classifier', async () => {
    const watched = Object.assign(
      (x: Tensor4D) => {
        expect(x.shape[0]).toBeGreaterThan(1);
        return network(x);
      },
      { classes, bounds: network.bounds },
    );
    await runAttacks(watched, data(), [make({ eps: radius }, false)], { batchSize: 1, examples: 2 });
    await runAttacks(watched, data(), [make({ eps: radius }, false)], { batchSize: 11 });
  });

  it('calls broken what is classified as the target, and nothing else', async () => {
    const targets = 1;
    const result = await make({ eps: radius && 4 * radius, targets }).run(network, images, y, run);
    const predicted = await predict(network, result.x);
    expect([...result.broken]).toEqual([...predicted].map((each) => Number(each === targets)));
    const before = (await predict(network, images)).filter((each) => each === targets).length;
    expect(count(result.broken)).toBeGreaterThan(before);
    result.x.dispose();
  });

  it('stops within one step of an abort, and leaks nothing', async () => {
    const controller = new AbortController();
    let calls = 0;
    const onProgress = () => {
      if (++calls === 2) controller.abort(new Error('enough'));
    };
    const before = memory().numTensors;
    const reins = { ...run, signal: controller.signal, onProgress };
    const promise = make({ eps: radius && 1e-5 }).run(network, images, y, reins);
    await expect(promise).rejects.toThrow('enough');
    expect(calls).toBe(2);
    expect(memory().numTensors).toBe(before);
  });

  it('gives the same records beside another attack as alone', async () => {
    const attack = make({ eps: radius }, false);
    const alone = await plain(await attack.run(network, images, y, run));
    const other = squareAttack({ eps: 0.05, queries: 20 });
    const [beside] = await Promise.all([
      attack.run(network, images, y, run).then(plain),
      other.run(network, images, y, run).then(plain),
    ]);
    expect(beside).toEqual(alone);
  });

  it('is made again by its options, as JSON, from the registry', async () => {
    const given = make({ eps: radius }, false);
    const make2 = registered[name] as (options: object) => Attack;
    const again = make2(JSON.parse(JSON.stringify(given.options)));
    expect(again).toMatchObject({ name, norm, needs: given.needs, options: given.options });
    const results = [given, again].map(async (each) => plain(await each.run(network, images, y, run)));
    expect(await results[1]).toEqual(await results[0]);
  });

  it('refuses a model that returns NaN, at the step where it does', async () => {
    let calls = 0;
    const failing = Object.assign(
      (x: Tensor4D) => {
        calls++;
        return calls > 2 ? mul<Tensor2D>(network(x), Number.NaN) : network(x);
      },
      { classes, bounds: network.bounds },
    );
    const before = memory().numTensors;
    const promise = make({ eps: radius && 1e-5 }).run(failing, images, y, run);
    await expect(promise).rejects.toThrow(/logits that are not finite at step 2 of/);
    await expect(promise).rejects.toBeInstanceOf(ModelError);
    expect(memory().numTensors).toBe(before);
  });

  it('refuses unknown options when it is made', () => {
    const make2 = registered[name] as (options: object) => Attack;
    expect(() => make2({ eps: 0.1, epsilons: 1 })).toThrow(new RegExp(`^${name}Attack: unknown option`));
  });

  it.runIf(radius !== undefined)('leaves images as they are at eps 0', async () => {
    const { x, broken } = await plain(await make({ eps: 0 }, false).run(network, images, y, run));
    expect(x).toEqual([...pixels]);
    expect([...broken].flatMap((each, i) => (each ? [i] : []))).toEqual([2, 5]);
  });
});

function data(): Batches {
  return {
    ...{ examples: n, classes, bounds: [0, 1], shape, hash: 'contract' },
    async *batches({ batchSize, from = 0 }) {
      for (let at = from; at < n; at += batchSize) {
        const end = Math.min(n, at + batchSize);
        yield {
          x: pixels.slice(at * size, end * size),
          shape: [end - at, ...shape],
          y: labels.slice(at, end),
          index: index.slice(at, end),
        };
      }
    },
  };
}
