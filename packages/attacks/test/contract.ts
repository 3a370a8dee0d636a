import { type Attack, type BlackBox, blackBox, ModelError, type NormName } from '@agoge/core';
import {
  argMax,
  gather,
  getBackend,
  memory,
  mul,
  softmax,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { attackFacts } from '../src/facts';
import { attacks as registered } from '../src/registry';
import type { ExampleRecord } from '../src/runner/records';
import { runAttacks } from '../src/runner/runner';
import {
  asData,
  classes,
  count,
  imageOf,
  images,
  index,
  labelled,
  linear,
  n,
  network,
  pixels,
  plain,
  predict,
  run,
  shape,
  size,
  slope,
  watched,
  wrong,
} from './contract-model';
import { type Asked, makerOf, type Row, registeredName, rows } from './contract-rows';
import { expect } from './expect';

/** Something that an attack promises: `keep` throws where it does not hold. */
export interface Promised {
  title: string;
  keep(): Promise<void>;
}

/** What the attacks of some rows, by their numbers, do not keep on the backend that runs: row, promise and how it failed. */
export async function findings(which: readonly number[]): Promise<string[]> {
  const found: string[] = [];
  for (const row of which.map((each) => rows[each])) {
    for (const { title, keep } of promisesOf(row)) {
      await keep().catch(({ message }: Error) => found.push(`${row.name} in ${row.norm} ${title}: ${message}`));
    }
  }
  return found;
}

let labels: Int32Array;
let y: Tensor1D;
const begin = once(async () => {
  labels = await labelled();
  y = tensor1d(labels, 'int32');
});

const distanceOf: Record<Attack['norm'], (delta: number[]) => number> = {
  linf: (delta) => Math.max(...delta.map(Math.abs)),
  l2: (delta) => Math.hypot(...delta),
  l1: (delta) => delta.reduce((sum, each) => sum + Math.abs(each), 0),
  l0: (delta) => delta.filter((each) => each !== 0).length,
  none: (delta) => Math.hypot(...delta),
};
const deltaOf = (x: ArrayLike<number>, i: number) => imageOf(x, i).map((each, k) => each - pixels[i * size + k]);

const scores = ['logits', 'probabilities'] as const;

/** The network as a black box, and how many images it was asked about. */
function asBox(output: BlackBox['output']) {
  const asked = { images: 0 };
  const box = blackBox(
    async (x) => {
      asked.images += x.shape[0];
      if (output === 'logits') return network(x);
      return tidy(() => (output === 'labels' ? argMax<Tensor1D>(network(x), 1) : softmax(network(x))));
    },
    { bounds: [0, 1], classes, output },
  );
  return { box, asked };
}

/**
 * The promises of a registered attack in one norm, on the backend that runs. They may be kept in any order; what several look
 * at is reckoned once.
 */
export function promisesOf({ name, norm, make, eps, ...traits }: Row): Promised[] {
  const promises: Promised[] = [];
  const promise = (title: string, body: () => Promise<void>) =>
    promises.push({
      title,
      async keep() {
        await begin();
        await body();
      },
    });
  const { isRandom, isTargetable, isNearest, passes, share } = traits;
  const hasBall = eps !== undefined;
  const { needs } = make({});
  const at = (part: number, asked: Asked = {}) => make({ ...asked, ...(hasBall && { eps: part * eps }) });
  /** Too weak to break anything. */
  const weak = () => make(hasBall ? { eps: 1e-5 } : {});
  const attackWith = async (attack: Attack, seed = run.seed) =>
    plain(await attack.run(network, images, y, { ...run, seed }));

  const attackSome = async (attack: Attack, places: number[], f = network) => {
    const some = {
      x: gather(images, places),
      y: tensor1d(
        places.map((place) => labels[place]),
        'int32',
      ),
    };
    const result = await attack.run(f, some.x, some.y, { seed: 0, index: index.slice(0, places.length) });
    some.x.dispose();
    some.y.dispose();
    return plain(result);
  };

  const found = once(() => attackWith(make({})));
  /** The same attack, made of its options, in another run that is watched for what it leaves behind. */
  const again = once(async () => {
    await found();
    const { options } = make({});
    const attack = makerOf(name)(JSON.parse(JSON.stringify(options)));
    const before = memory().numTensors;
    const result = await attack.run(network, images, y, run);
    const left = memory().numTensors - before;
    return { attack, left, result: await plain(result) };
  });

  promise('stays inside ball and box, and reports what it found', async () => {
    const { x, broken, distance, margin } = await found();
    expect(Math.min(...x)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...x)).toBeLessThanOrEqual(1);
    const predicted = await predictAt(x);
    for (let i = 0; i < n; i++) {
      const far = distanceOf[norm](deltaOf(x, i));
      if (hasBall) expect(far).toBeLessThanOrEqual(eps * (1 + 1e-6));
      expect(distance[i]).toBeCloseTo(far, 6);
      expect(broken[i]).toBe(Number(predicted[i] !== labels[i]));
      expect(Math.sign(margin[i])).toBe(broken[i] ? -1 : 1);
    }
    expect(count(broken)).toBeGreaterThan(wrong.length);
  });

  promise('does not attack what is broken already', async () => {
    const { x, broken, distance, forwards, backwards } = await found();
    for (const i of wrong) {
      expect([broken[i], distance[i], forwards[i], backwards[i]]).toEqual([1, 0, 1, 0]);
      expect(imageOf(x, i)).toEqual(imageOf(pixels, i));
    }
  });

  if (needs === 'gradient' && norm !== 'l0') {
    promise('breaks more than noise of the same size', async () => {
      const noise = registered.noise({ norm: norm as NormName, eps: eps as number, queries: 1 });
      const { broken } = await attackWith(noise);
      expect(count((await found()).broken)).toBeGreaterThanOrEqual(count(broken) + 3);
    });
  }

  const isMeasured = needs === 'gradient' && !isNearest;
  if (isMeasured) {
    promise(`reaches ${100 * share} % of the optimum of a linear model over ball and box`, async () => {
      const attack = make({ isLong: true });
      const { x } = await plain(await attack.run(linear, images, tensor1d(new Int32Array(n), 'int32'), run));
      for (let i = 0; i < n; i++) {
        const gained = deltaOf(x, i).reduce((sum, each, k) => sum + each * slope[k], 0);
        const rooms = [...slope].map((g, k) => (g > 0 ? 1 - pixels[i * size + k] : pixels[i * size + k]));
        const best = optimum[norm as NormName]([...slope].map(Math.abs), rooms, eps as number);
        expect(gained / best).toBeGreaterThan(share);
      }
    });
  }

  if (needs !== 'gradient') {
    promise('is no weaker for more queries', async () => {
      const asked = isNearest ? { isOpen: true } : hasBall ? { eps: eps / 2 } : {};
      const [few, many] = [await attackWith(make(asked)), await attackWith(make({ ...asked, isLong: true }))];
      let better = 0;
      for (let i = 0; i < n; i++) {
        expect(many.broken[i]).toBeGreaterThanOrEqual(few.broken[i]);
        const [before, after] = isNearest ? [few.distance, many.distance] : [few.margin, many.margin];
        if (!few.broken[i] || isNearest) expect(after[i]).toBeLessThanOrEqual(before[i] + 1e-5);
        better += Number(after[i] < before[i]);
      }
      expect(better).toBeGreaterThan(0);
    });
  }

  if (hasBall) {
    promise('leaves images as they are at eps 0', async () => {
      const places = [0, wrong[0], 7];
      const { x, broken } = await attackSome(make({ eps: 0 }), places);
      expect(x).toEqual(places.flatMap((i) => imageOf(pixels, i)));
      expect([...broken]).toEqual([0, 1, 0]);
    });
  }

  promise('is made again by its options, as JSON, from the registry, and does the same again', async () => {
    const { attack, result } = await again();
    const { options } = make({});
    expect(attack).toMatchObject({ name: registeredName(name), norm, needs, options });
    expect(result).toEqual(await found());
  });

  promise('neither changes nor disposes of its inputs, and leaks nothing', async () => {
    const { left } = await again();
    expect(left).toBe(1);
    expect([...(await images.data())]).toEqual([...pixels]);
    expect([...(await y.data())]).toEqual([...labels]);
  });

  promise(isRandom ? 'draws other noise for another seed' : 'draws no noise', async () => {
    const other = await attackWith(make({}), 2);
    if (isRandom) expect(other.x).not.toEqual((await found()).x);
    else expect(other).toEqual(await found());
  });

  promise('counts its passes as the classifier does', async () => {
    let all = 0;
    const counted = watched((x) => {
      all += x.shape[0];
    });
    // Nobody leaves and nothing is padded; who looks for the nearest by gradients may find it outside the ball and leave: there
    // three times the same image, which leaves at once.
    const places = isNearest && needs === 'gradient' ? [6, 6, 6] : [6, 7, 8];
    const { broken, forwards, backwards } = await attackSome(weak(), places, counted);
    if (hasBall) expect([...broken]).toEqual([0, 0, 0]);
    if (hasBall) expect(all).toBe(count(forwards));
    else expect(all).toBeGreaterThanOrEqual(count(forwards));
    expect(forwards[0]).toBeGreaterThan(2);
    if (needs === 'gradient') expect(backwards[0]).toBeGreaterThan(0);
    else expect([...backwards]).toEqual([0, 0, 0]);
  });

  promise('takes no more passes than it is known for', async () => {
    const known = attackFacts[registeredName(name)];
    for (const attack of [make({}), weak()]) {
      const most = known.passes(attack.options as never, classes);
      const { forwards, backwards } = await attackWith(attack);
      expect(Math.max(...forwards)).toBeLessThanOrEqual(most.forwards);
      expect(Math.max(...backwards)).toBeLessThanOrEqual(most.backwards);
    }
  });

  promise('gives the same records whatever the batch size, and never passes a single image', async () => {
    const f = watched((x) => expect(x.shape[0]).toBeGreaterThan(1));
    const records = async (batchSize: number, from: number, examples: number) =>
      (await runAttacks(f, asData(labels), [at(0.5)], { batchSize, from, examples, seed: 4 })).records;
    // Matrix products of other backends than cpu add in another order for another number of images.
    const promised = ({ index, correct, brokenBy }: ExampleRecord) => ({ index, correct, brokenBy });
    const compared = (each: ExampleRecord[]) => (getBackend() === 'cpu' ? each : each.map(promised));
    const all = await records(16, 0, n);
    expect(all.map((each) => each.index)).toEqual([...index]);
    expect(compared(await records(1, 0, 4))).toEqual(compared(all.slice(0, 4)));
    expect(compared(await records(3, 3, 6))).toEqual(compared(all.slice(3, 9)));
  });

  if (isTargetable) {
    promise('reaches targets, and calls nothing else broken', async () => {
      const targets = 1;
      const { x, broken } = await attackWith(at(8, { targets }));
      expect([...broken]).toEqual([...(await predictAt(x))].map((each) => Number(each === targets)));
      const before = (await predict(network, images)).filter((each) => each === targets).length;
      if (needs === 'gradient' && name !== 'fgsm') expect(count(broken)).toBe(n);
      else expect(count(broken)).toBeGreaterThan(before);
    });
  }

  promise('stops within one step of an abort, and leaks nothing', async () => {
    const controller = new AbortController();
    let calls = 0;
    const onProgress = () => {
      if (++calls === 2) controller.abort(new Error('enough'));
    };
    const before = memory().numTensors;
    const promise = weak().run(network, images, y, { ...run, signal: controller.signal, onProgress });
    await expect(promise).rejects.toThrow('enough');
    expect(calls).toBe(2);
    expect(memory().numTensors).toBe(before);
  });

  promise('gives the same records beside another attack as alone', async () => {
    const other = registered.pgd({ eps: 0.05, steps: 8 });
    const [beside] = await Promise.all([attackWith(make({})), attackWith(other)]);
    expect(beside).toEqual(await found());
  });

  promise('refuses a model that returns NaN, at the step where it does', async () => {
    let calls = 0;
    const failing = Object.assign(
      (x: Tensor4D) => {
        calls++;
        return calls > 1 + passes ? mul<Tensor2D>(network(x), Number.NaN) : network(x);
      },
      { classes, bounds: network.bounds },
    );
    const before = memory().numTensors;
    const promise = weak().run(failing, images, y, run);
    await expect(promise).rejects.toThrow(/logits that are not finite at step 2 of/);
    await expect(promise).rejects.toBeInstanceOf(ModelError);
    expect(memory().numTensors).toBe(before);
  });

  promise('refuses unknown options when it is made, by its name', async () => {
    const refusal = new RegExp(`^${registeredName(name)}Attack: unknown option`);
    expect(() => makerOf(name)({ eps: 0.1, epsilons: 1 })).toThrow(refusal);
  });

  const tellsEnough = needs === 'gradient' ? [] : needs === 'scores' ? scores : [...scores, 'labels' as const];
  if (tellsEnough.length > 0) {
    promise('finds the same through a black box, and asks it as often as it says', async () => {
      const attack = make(isNearest ? { isOpen: true } : {});
      const exact = await attackWith(attack);
      for (const output of tellsEnough) {
        const { box, asked } = asBox(output);
        const before = memory().numTensors;
        const result = await attack.run(box, images, y, run);
        expect(memory().numTensors).toBe(before + 1);
        const same = await plain(result);
        expect(asked.images).toBe(count(same.forwards));
        expect(same.broken).toEqual(exact.broken);
        for (let i = 0; i < n; i++) {
          // Who is broken leaves a black box at once, and a classifier when it is read back.
          expect(same.forwards[i]).toBeLessThanOrEqual(exact.forwards[i]);
          if (exact.broken[i] && !isNearest) continue;
          expect(same.forwards[i]).toBe(exact.forwards[i]);
          // Logarithms of probabilities are rounded logits, and labels tell no unbroken image from another.
          const tellsAll = output === 'logits' || isNearest;
          if (tellsAll) expect(imageOf(same.x, i)).toEqual(imageOf(exact.x, i));
        }
      }
    });
  }

  if (needs !== 'labels') {
    promise('refuses a black box that tells too little, by name', async () => {
      const { box } = asBox(needs === 'gradient' ? 'logits' : 'labels');
      const lacks =
        needs === 'gradient' ? /needs gradients, .*black box/ : /needs scores, but the black box tells labels/;
      await expect(make({}).run(box, images, y, run)).rejects.toThrow(lacks);
    });
  }
  return promises;
}

/** What a body gives when it is first asked for. */
function once<T>(body: () => Promise<T>): () => Promise<T> {
  let promise: Promise<T> | undefined;
  return () => {
    promise ??= body();
    return promise;
  };
}

async function predictAt(x: readonly number[]): Promise<Int32Array> {
  const tensor = tensor4d([...x], [n, ...shape]);
  const predicted = await predict(network, tensor);
  tensor.dispose();
  return predicted;
}

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
