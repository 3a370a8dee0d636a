import '@tensorflow/tfjs-backend-cpu';
import {
  type Attack,
  type AttackResult,
  type Batches,
  blackBox,
  type Classifier,
  fromFunction,
  ModelError,
  type NormName,
  normal,
  norms,
  perExample,
  uniform,
} from '@agoge/core';
import {
  add,
  gather,
  getBackend,
  matMul,
  memory,
  mul,
  reshape,
  slice,
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
import { apgd, apgdAttack } from './apgd';
import { apgdTargetedAttack } from './apgd-targeted';
import { cwAttack } from './cw';
import { ddnAttack } from './ddn';
import { deepfoolAttack } from './deepfool';
import type { Distance } from './distance';
import { eadAttack } from './ead';
import { fabAttack, fabTargetedAttack } from './fab';
import { fgsm, fgsmAttack } from './fgsm';
import { fmnAttack } from './fmn';
import { jsmaAttack } from './jsma';
import { miFgsmAttack } from './mi-fgsm';
import { multiTargetedAttack } from './multi-targeted';
import { pgd, pgdAttack } from './pgd';
import type { ExampleRecord } from './records';
import { attacks as registered } from './registry';
import { runAttacks } from './runner';

// Every attack in every norm keeps these promises. Models are small and written down by keyed random numbers.

const shape: [number, number, number] = [3, 3, 2];
const size = 18;
const classes = 4;
const random = (stream: string, length: number) => normal({ seed: 7, stream }, length);

const hidden = 12;
const inner = tensor2d(random('inner', size * hidden), [size, hidden]);
const outer = tensor2d(random('outer', hidden * classes), [hidden, classes]);
const network = fromFunction((x) => matMul(tanh(matMul(reshape(x, [-1, size]) as Tensor2D, inner)), outer), {
  bounds: [0, 1],
  classes,
  weights: () => [inner, outer],
});

/** Two classes, so that the loss grows with one linear function; the offset keeps every example unbroken. */
const slope = random('slope', size);
const offset = 30;
const columns = tensor2d(
  Float32Array.from({ length: size * 2 }, (_, i) => (i % 2 === 0 ? 0 : slope[i >> 1])),
  [size, 2],
);
const linear = fromFunction((x) => add(matMul(reshape(x, [-1, size]) as Tensor2D, columns), tensor1d([offset, 0])), {
  bounds: [0, 1],
  classes: 2,
});

const n = 11;
const index = Float64Array.from({ length: n }, (_, i) => i);
/** Pixels are cut at the bounds: a fifth of them lie exactly on one. */
const pixels = perExample(
  (key, length) => uniform(key, length, -0.1, 1.1),
  { seed: 3, stream: 'pixels' },
  index,
  size,
).map((each) => Math.min(1, Math.max(0, each)));
const images = tensor4d(pixels, [n, ...shape]);

const eps: Record<Distance, number> = { linf: 0.1, l2: 0.3, l1: 0.8, l0: 4 };
type Options = { norm: NormName; eps: number; targets?: number };
/** An attack under test, by its name in the registry and, after a comma, how it differs from its defaults. */
interface Row {
  make(options: Options): Attack;
  /** Default: linf, l2 and l1. */
  norms?: Distance[];
  /** Whether it draws noise. */
  isRandom?: boolean;
  /** Whether it can be given the labels wanted. Default: true. */
  isTargetable?: boolean;
  /**
   * Whether it looks for the nearest adversarial image, and so promises nothing of images that cannot be broken; how near it
   * comes to the nearest of a linear model is tested beside this.
   */
  isNearest?: boolean;
  /** Forward passes of its first step. Default: 1. */
  passes?: number;
  /** What share of a linear model's optimum it reaches; default 99.9 %. */
  share?(norm: Distance): number;
}
// L1-APGD is not exact: it moves at least the two pixels of largest gradient, by as much each.
const ofApgd = { isRandom: true, share: (norm: Distance) => (norm === 'l1' ? 0.9 : 0.999) };
const ofConstants = { rounds: 3, steps: 40, stepSize: 0.1, initialConstant: 1 };
const wholeFamily = { momentum: 'nesterov', diversity: 0.3, blur: 3, scales: 2, neighbours: 1 } as const;
const attacks: Record<string, Row> = {
  apgd: { make: (options) => apgdAttack({ steps: 30, ...options }), ...ofApgd },
  'apgd, with a shrinking ball': {
    make: (options) => apgdAttack({ steps: 30, epsSchedule: 'shrinking', ...options }),
    ...{ norms: ['l1'], ...ofApgd },
  },
  apgdTargeted: {
    make: ({ norm, eps }) => apgdTargetedAttack({ steps: 30, norm, eps }),
    ...{ isTargetable: false, ...ofApgd },
  },
  cw: { make: (options) => cwAttack({ ...ofConstants, ...options, norm: 'l2' }), norms: ['l2'], isNearest: true },
  ddn: { make: (options) => ddnAttack({ steps: 40, ...options, norm: 'l2' }), norms: ['l2'], isNearest: true },
  deepfool: {
    make: ({ norm, ...options }) => deepfoolAttack({ norm: norm === 'l2' ? norm : 'linf', ...options }),
    ...{ norms: ['linf', 'l2'], isNearest: true },
  },
  ead: { make: (options) => eadAttack({ ...ofConstants, ...options, norm: 'l1' }), norms: ['l1'], isNearest: true },
  fab: { make: (options) => fabAttack({ steps: 15, ...options }), isNearest: true },
  'fab, with restarts': {
    make: (options) => fabAttack({ steps: 3, restarts: 5, ...options }),
    ...{ norms: ['linf', 'l2'], isNearest: true, isRandom: true },
  },
  fabTargeted: {
    make: ({ norm, eps }) => fabTargetedAttack({ steps: 10, norm, eps }),
    ...{ isNearest: true, isTargetable: false },
  },
  fgsm: { make: fgsmAttack },
  fmn: { make: (options) => fmnAttack({ steps: 40, ...options }), isNearest: true },
  // Where one of two logits is constant nothing is salient.
  jsma: {
    make: ({ eps: values, targets }) =>
      jsmaAttack({
        eps: Math.ceil(values),
        theta: values < 1 && values > 0 ? 1e-5 : 1,
        ...(targets === 1 && { targets }),
      }),
    ...{ norms: ['l0'], isNearest: true, passes: 2 },
  },
  miFgsm: { make: (options) => miFgsmAttack({ stepSize: options.eps / 2, ...options }) },
  'miFgsm, with all of its family': {
    make: (options) => miFgsmAttack({ ...wholeFamily, stepSize: options.eps / 2, ...options }),
    ...{ norms: ['linf', 'l2'], isRandom: true, passes: 9, share: () => 0.6 },
  },
  multiTargeted: {
    make: ({ norm, eps }) => multiTargetedAttack({ norm, eps, steps: 10, stepSize: eps }),
    ...{ isRandom: true, isTargetable: false },
  },
  pgd: {
    make: (options) => pgdAttack({ steps: 10, stepSize: options.eps, restarts: 2, ...options }),
    isRandom: true,
  },
  'pgd, from the clean image': { make: (options) => pgdAttack({ steps: 10, start: 'zero', ...options }) },
};
const table = Object.entries(attacks).flatMap(([name, { norms: its = Object.keys(norms) as Distance[], ...row }]) =>
  its.map((norm) => ({ name, norm: norm as NormName, ...row })),
);

it('covers every attack that is registered and needs gradients', () => {
  const make = registered as unknown as Record<string, (options: object) => Attack>;
  const attackOf = (each: (options: object) => Attack) => {
    try {
      return each({});
    } catch {
      return each({ eps: 1 });
    }
  };
  const those = Object.keys(make).filter((name) => attackOf(make[name]).needs === 'gradient');
  const rows = Object.keys(attacks).map((name) => name.split(',')[0]);
  expect([...new Set(rows)].sort()).toEqual(those.sort());
});

let labels: Int32Array;
let y: Tensor1D;

beforeAll(async () => {
  // The network's own predictions, two of them wrong.
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

const distanceOf: Record<Distance, (delta: number[]) => number> = {
  linf: (delta) => Math.max(...delta.map(Math.abs)),
  l2: (delta) => Math.hypot(...delta),
  l1: (delta) => delta.reduce((sum, each) => sum + Math.abs(each), 0),
  l0: (delta) => delta.filter((each) => each !== 0).length,
};

async function perturbations(result: AttackResult): Promise<number[][]> {
  const found = await result.x.data();
  return labelsOf(result).map((i) =>
    Array.from({ length: size }, (_, k) => found[i * size + k] - pixels[i * size + k]),
  );
}
const labelsOf = (result: AttackResult) => [...result.broken.keys()];

/** What a result says, as plain values; disposes of its images. */
async function plain({ x, ...rest }: AttackResult) {
  const found = [...(await x.data())];
  x.dispose();
  return { ...rest, x: found };
}

const run = { seed: 1, index };

describe.each(table)('$name in $norm', ({ name, norm, make, ...promises }) => {
  const { isRandom, isTargetable = true, passes = 1, isNearest, share } = promises;
  const attack = (options: { eps?: number; targets?: number } = {}) => make({ norm, eps: eps[norm], ...options });

  it('stays inside ball and box, and reports what it found', async () => {
    const result = await attack().run(network, images, y, run);
    expect(result.x.shape).toEqual([n, ...shape]);
    const found = await result.x.data();
    expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...found)).toBeLessThanOrEqual(1);
    const predicted = await predict(network, result.x);
    (await perturbations(result)).forEach((delta, i) => {
      expect(distanceOf[norm](delta)).toBeLessThanOrEqual(eps[norm] * (1 + 1e-6));
      expect(result.distance[i]).toBeCloseTo(distanceOf[norm](delta), 6);
      expect(result.broken[i]).toBe(Number(predicted[i] !== labels[i]));
      expect(Math.sign(result.margin[i])).toBe(result.broken[i] ? -1 : 1);
    });
    result.x.dispose();
  });

  it('does not attack what is broken already', async () => {
    const result = await plain(await attack().run(network, images, y, run));
    for (const i of [2, 5]) {
      expect([result.broken[i], result.distance[i], result.forwards[i], result.backwards[i]]).toEqual([1, 0, 1, 0]);
      expect(result.x.slice(i * size, (i + 1) * size)).toEqual([...pixels.slice(i * size, (i + 1) * size)]);
    }
  });

  it.runIf(norm in norms)('breaks more than noise of the same size, which is on the sphere', async () => {
    const noise = tidy(() => {
      const delta = norms[norm].sample(eps[norm], shape, { seed: 5, index, stream: 'noise' });
      const scale = reshape(
        tensor1d([...norms[norm].size(delta).dataSync()].map((each) => eps[norm] / each)),
        [-1, 1, 1, 1],
      );
      return norms[norm].project(add(images, mul(delta, scale)), images, eps[norm], [0, 1]);
    });
    const byNoise = (await predict(network, noise)).filter((each, i) => each !== labels[i]).length;
    noise.dispose();
    const { broken } = await plain(await attack().run(network, images, y, run));
    expect(broken.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(byNoise + 3);
  });

  const least = share?.(norm) ?? 0.999;
  it.runIf(!isNearest)(`reaches ${100 * least} % of the optimum of a linear model over ball and box`, async () => {
    const result = await attack().run(linear, images, tensor1d(new Int32Array(n), 'int32'), run);
    const deltas = await perturbations(result);
    deltas.forEach((delta, i) => {
      const gained = delta.reduce((sum, each, k) => sum + each * slope[k], 0);
      const rooms = [...slope].map((g, k) => (g > 0 ? 1 - pixels[i * size + k] : pixels[i * size + k]));
      expect(gained / optimum[norm]([...slope].map(Math.abs), rooms, eps[norm])).toBeGreaterThan(least);
    });
    result.x.dispose();
  });

  it('leaves images as they are at eps 0', async () => {
    const { x, broken } = await plain(await attack({ eps: 0 }).run(network, images, y, run));
    expect(x).toEqual([...pixels]);
    expect([...broken].flatMap((each, i) => (each ? [i] : []))).toEqual([2, 5]);
  });

  it('depends on the seed alone', async () => {
    const weak = make({ norm, eps: eps[norm] / 4 });
    const [first, again, other] = [
      await plain(await weak.run(network, images, y, run)),
      await plain(await weak.run(network, images, y, run)),
      await plain(await weak.run(network, images, y, { ...run, seed: 2 })),
    ];
    expect(again).toEqual(first);
    if (isRandom) expect(other.x).not.toEqual(first.x);
    else expect(other).toEqual(first);
  });

  it('neither changes nor disposes of its inputs, and leaks nothing', async () => {
    await (await attack().run(network, images, y, run)).x.dispose();
    const before = memory().numTensors;
    const result = await attack().run(network, images, y, run);
    expect(memory().numTensors).toBe(before + 1);
    result.x.dispose();
    expect([...(await images.data())]).toEqual([...pixels]);
    expect([...(await y.data())]).toEqual([...labels]);
  });

  it('counts its passes as the classifier does', async () => {
    let passes = 0;
    const counted = Object.assign((x: Tensor4D) => network(count(x)), { classes, bounds: network.bounds });
    const count = (x: Tensor4D) => {
      passes += x.shape[0];
      return x;
    };
    // Too weak to break anything: nobody leaves, nothing is padded. Who looks for the nearest may find it outside and leave:
    // there three times the same image, which leaves at once.
    const places = isNearest ? [6, 6, 6] : [6, 7, 8];
    const three = gather(images, places);
    const labelled = tensor1d(
      places.map((place) => labels[place]),
      'int32',
    );
    const weak = make({ norm, eps: 1e-5 });
    const result = await plain(await weak.run(counted, three, labelled, { seed: 0, index: index.slice(6, 9) }));
    expect(result.broken).toEqual(new Uint8Array(3));
    expect(passes).toBe(result.forwards.reduce((sum, each) => sum + each));
    expect(result.backwards[0]).toBeGreaterThan(0);
    three.dispose();
  });

  it('gives the same records whatever the batch size: on cpu all of each, elsewhere the same verdicts', async () => {
    const results = [];
    for (const batchSize of [1, 3, 7, 16]) {
      const { records } = await runAttacks(network, data(), [attack({ eps: eps[norm] / 2 })], { batchSize, seed: 4 });
      results.push(records);
    }
    // Matrix products of other backends add in another order for another number of images.
    const promised = ({ index, correct, brokenBy }: ExampleRecord) => ({ index, correct, brokenBy });
    const compared = results.map((each) => (getBackend() === 'cpu' ? each : each.map(promised)));
    for (const each of compared) expect(each).toEqual(compared[0]);
    expect(results[0].map((each) => each.index)).toEqual([...index]);
  });

  it('never passes a single image', async () => {
    const watched = Object.assign(
      (x: Tensor4D) => {
        expect(x.shape[0]).toBeGreaterThan(1);
        return network(x);
      },
      { classes, bounds: network.bounds },
    );
    await runAttacks(watched, data(), [attack()], { batchSize: 1, examples: 4 });
    await runAttacks(watched, data(), [attack({ eps: eps[norm] / 2 })], { batchSize: 11 });
  });

  it.runIf(isTargetable)('reaches targets, and calls nothing else broken', async () => {
    const targets = 1;
    const result = await attack({ eps: 8 * eps[norm], targets }).run(network, images, y, run);
    const predicted = await predict(network, result.x);
    expect([...result.broken]).toEqual([...predicted].map((each) => Number(each === targets)));
    const before = (await predict(network, images)).filter((each) => each === targets).length;
    const reached = result.broken.reduce((sum, each) => sum + each, 0);
    if (name === 'fgsm') expect(reached).toBeGreaterThan(before);
    else expect(reached).toBe(n);
    result.x.dispose();
  });

  it('stops within one step of an abort, and leaks nothing', async () => {
    const controller = new AbortController();
    let calls = 0;
    const onProgress = () => {
      if (++calls === 2) controller.abort(new Error('enough'));
    };
    const before = memory().numTensors;
    const promise = make({ norm, eps: 1e-5 }).run(network, images, y, {
      ...run,
      signal: controller.signal,
      onProgress,
    });
    await expect(promise).rejects.toThrow('enough');
    expect(calls).toBe(2);
    expect(memory().numTensors).toBe(before);
  });

  it('gives the same records beside another attack as alone', async () => {
    const alone = await plain(await attack().run(network, images, y, run));
    const other = attacks.pgd.make({ norm: 'linf', eps: 0.05 });
    const [beside] = await Promise.all([
      attack().run(network, images, y, run).then(plain),
      other.run(network, images, y, run).then(plain),
    ]);
    expect(beside).toEqual(alone);
  });

  it('is made again by its options, as JSON', async () => {
    const given = attack();
    const again = make(JSON.parse(JSON.stringify(given.options)));
    expect(again.options).toEqual(given.options);
    expect(given.norm).toBe(norm);
    const results = [given, again].map(async (each) => plain(await each.run(network, images, y, run)));
    expect(await results[1]).toEqual(await results[0]);
  });

  it('refuses a model that returns NaN, at the step where it does', async () => {
    let calls = 0;
    const failing = Object.assign(
      (x: Tensor4D) => {
        calls++;
        return calls > 1 + passes ? mul<Tensor2D>(network(x), Number.NaN) : network(x);
      },
      { classes, bounds: network.bounds },
    );
    const before = memory().numTensors;
    const promise = make({ norm, eps: 1e-5 }).run(failing, images, y, run);
    await expect(promise).rejects.toThrow(/logits that are not finite at step 2 of/);
    await expect(promise).rejects.toBeInstanceOf(ModelError);
    expect(memory().numTensors).toBe(before);
  });

  it('refuses a black box by name', async () => {
    const box = blackBox(async (x) => network(x), { classes, bounds: [0, 1], output: 'logits' });
    await expect(attack().run(box, images, y, run)).rejects.toThrow(/needs gradients, .*black box/);
  });
});

/** The largest gain of a linear function over ball and box, in float64. */
const optimum: Record<NormName, (slopes: number[], rooms: number[], eps: number) => number> = {
  linf: (slopes, rooms, radius) => slopes.reduce((sum, g, k) => sum + g * Math.min(radius, rooms[k]), 0),
  l2(slopes, rooms, radius) {
    const move = (scale: number) => slopes.map((g, k) => Math.min(scale * g, rooms[k]));
    let [low, high] = [0, 1e6];
    for (let i = 0; i < 200; i++) {
      const middle = (low + high) / 2;
      if (Math.hypot(...move(middle)) <= radius) low = middle;
      else high = middle;
    }
    return move(low).reduce((sum, each, k) => sum + each * slopes[k], 0);
  },
  l1(slopes, rooms, radius) {
    let left = radius;
    let gain = 0;
    for (const k of [...slopes.keys()].sort((a, b) => slopes[b] - slopes[a])) {
      const used = Math.min(left, rooms[k]);
      gain += used * slopes[k];
      left -= used;
    }
    return gain;
  },
};

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

describe('restarts', () => {
  it.each(['linf', 'l2', 'l1'] as const)('never make it worse, in %s', async (norm) => {
    const options = { norm, eps: eps[norm] / 2, steps: 3, seed: 9 };
    const one = await plain(await pgd(network, images, y, { ...options, restarts: 1 }));
    const five = await plain(await pgd(network, images, y, { ...options, restarts: 5 }));
    expect(five.margin.some((each, i) => each < one.margin[i])).toBe(true);
    for (let i = 0; i < n; i++) {
      expect(five.broken[i]).toBeGreaterThanOrEqual(one.broken[i]);
      if (!five.broken[i]) expect(five.margin[i]).toBeLessThanOrEqual(one.margin[i] + 1e-6);
    }
  });
});

describe('options', () => {
  const refused: [options: Record<string, unknown>, message: string][] = [
    [{ eps: -0.3 }, 'eps must be a finite number >= 0, got -0.3'],
    [{ eps: Number.NaN }, 'eps must be a finite number >= 0, got NaN'],
    [{}, 'eps must be a finite number >= 0, got undefined'],
    [{ epsilon: 0.1 }, 'unknown option "epsilon"; did you mean "eps"?'],
    [{ eps: 0.1, norm: 'l3' }, 'norm must be one of "linf", "l2", "l1", got "l3"'],
    [{ eps: 0.1, loss: 'hinge' }, 'loss must be one of "ce", "margin", "dlr", got "hinge"'],
    [{ eps: 0.1, targets: 4 }, 'targets must be a whole number from 0 to 3, got 4'],
    [{ eps: 0.1, targets: [0, 1] }, 'targets[2] must be a whole number from 0 to 3, got undefined'],
    [{ eps: 0.1, targets: -1 }, 'targets must be a label'],
    [{ eps: 0.1, seed: -1 }, 'seed must be an integer >= 0, got -1'],
    [{ eps: 0.1, index: new Float64Array(3) }, 'index must have shape [11], got [3]'],
  ];
  const stepped: typeof refused = [
    [{ eps: 0.1, steps: 0 }, 'steps must be an integer >= 1, got 0'],
    [{ eps: 0.1, restarts: 0.5 }, 'restarts must be an integer >= 1, got 0.5'],
  ];
  const calls = { fgsm, pgd, apgd };
  const cases = (Object.keys(calls) as (keyof typeof calls)[]).flatMap((name) =>
    [...refused, ...(name === 'fgsm' ? [] : stepped)].map(([options, message]) => ({ name, options, message })),
  );

  it.each(cases)('$name: $message', async ({ name, options, message }) => {
    const before = memory().numTensors;
    const promise = calls[name](network, images, y, options as unknown as { eps: number });
    await expect(promise).rejects.toThrow(`${name}: ${message}`);
    expect(memory().numTensors).toBe(before);
  });

  it('of an attack as a value are checked when it is made', () => {
    expect(() => pgdAttack({ eps: -1 })).toThrow('pgdAttack: eps must be a finite number >= 0, got -1');
    expect(() => fgsmAttack({ eps: 1, stepSize: 1 } as { eps: number })).toThrow(
      'fgsmAttack: unknown option "stepSize"',
    );
  });

  it('name the loss that has too few classes', async () => {
    const zeros = tensor1d(new Int32Array(n), 'int32');
    await expect(pgd(linear, images, zeros, { eps: 0.1, loss: 'dlr' })).rejects.toThrow(
      'pgd: loss "dlr" needs at least 3 classes, the classifier has 2: use "margin"',
    );
  });

  it.each(['ce', 'margin', 'dlr'] as const)('take the loss %s, which breaks most examples', async (loss) => {
    const { broken } = await plain(await pgd(network, images, y, { eps: 0.2, loss }));
    expect(broken.reduce((sum, each) => sum + each, 0)).toBeGreaterThanOrEqual(9);
  });

  it('take targets by absolute example number', async () => {
    const targets = Array.from(labels, (label) => (label + 2) % classes);
    const whole = await plain(await pgd(network, images, y, { eps: 0.3, targets }));
    const part = tidy(() => slice(images, [4, 0, 0, 0], [3, -1, -1, -1]));
    const options = { eps: 0.3, targets: Int32Array.from(targets), index: index.slice(4, 7) };
    const some = await plain(await pgd(network, part, tensor1d(labels.slice(4, 7), 'int32'), options));
    expect(some.x).toEqual(whole.x.slice(4 * size, 7 * size));
  });
});

it('counts gradients that are 0', async () => {
  // At a margin of 200 even the well-conditioned cross entropy has no gradient left in float32.
  const flat = fromFunction(
    (x) => mul<Tensor2D>(add(matMul(reshape(x, [-1, size]) as Tensor2D, columns), tensor1d([offset, 0])), 100),
    {
      bounds: [0, 1],
      classes: 2,
    },
  );
  const zeros = tensor1d(new Int32Array(n), 'int32');
  const result = await pgd(flat, images, zeros, { eps: 0.01, steps: 5 });
  expect([...(result.zeroGradients ?? [])]).toEqual(Array(n).fill(5));
  result.x.dispose();
});
