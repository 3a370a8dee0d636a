import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { fromFunction, normal, signs } from '@agoge/core';
import { add, memory, reshape, setBackend, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { input, layers, model, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { averagePoolBound, consistentAccuracy, maxPoolBound, perturbationOfMaps, poolingPerturbation } from '../index';
import { architectures } from '../registry';

beforeAll(async () => {
  await setBackend('cpu');
});

describe('averagePoolBound and maxPoolBound', () => {
  it('are the formulas', () => {
    expect(averagePoolBound(1)).toBeCloseTo(Math.sqrt(2 * Math.log(40)), 12);
    expect(averagePoolBound(8, { deviation: 0.1, probability: 0.9 })).toBeCloseTo(
      (0.1 / 8) * Math.sqrt(2 * Math.log(20)),
      12,
    );
    expect(maxPoolBound(8, { deviation: 0.1, probability: 0.9 })).toBeCloseTo(0.1 * Math.sqrt(2 * Math.log(1280)), 12);
    expect(maxPoolBound(1)).toBeCloseTo(averagePoolBound(1), 12);
  });

  it.each([
    ['normal noise', normal],
    ['signs', signs],
  ])('hold as often as they say for %s', (_, draw) => {
    const maps = 2000;
    for (const size of [2, 5]) {
      for (const probability of [0.5, 0.9]) {
        let [average, max] = [0, 0];
        for (let index = 0; index < maps; index++) {
          const noise = draw({ seed: 1, index, stream: 'noise' }, size ** 2).map((each) => 3 * each);
          const mean = noise.reduce((total, each) => total + each, 0) / size ** 2;
          if (Math.abs(mean) <= averagePoolBound(size, { deviation: 3, probability })) average++;
          if (Math.max(...noise.map(Math.abs)) <= maxPoolBound(size, { deviation: 3, probability })) max++;
        }
        const slack = 4 * Math.sqrt((probability * (1 - probability)) / maps);
        expect(average / maps).toBeGreaterThan(probability - slack);
        expect(max / maps).toBeGreaterThan(probability - slack);
      }
    }
  });

  it.each<[string, () => unknown, string]>([
    ['no size', () => averagePoolBound(0), 'averagePoolBound: size must be an integer >= 1, got 0'],
    [
      'certainty',
      () => maxPoolBound(2, { probability: 1 }),
      'maxPoolBound: probability must be a finite number > 0 and < 1, got 1',
    ],
    ['another option', () => maxPoolBound(2, { sigma: 1 } as object), 'maxPoolBound: unknown option "sigma"'],
  ])('refuse %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

/** E |max of n| for N(0, 1), from its density n phi Phi^(n - 1), by the trapezoidal rule in float64. */
function expectedMax(n: number): number {
  const [from, to, steps] = [-9, 9, 36_000];
  const width = (to - from) / steps;
  let [below, total] = [0, 0];
  for (let i = 0; i <= steps; i++) {
    const x = from + i * width;
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    below += (density * width) / 2;
    total += Math.abs(x) * n * density * below ** (n - 1) * width;
    below += (density * width) / 2;
  }
  return total;
}

describe('poolingPerturbation', () => {
  it('agrees with what is expected of normal noise', () => {
    const samples = 4000;
    for (const { size, average, max } of poolingPerturbation({ samples, deviation: 2, seed: 3 })) {
      const expected = { average: (2 * Math.sqrt(2 / Math.PI)) / size, max: 2 * expectedMax(size ** 2) };
      expect(Math.abs(average / expected.average - 1)).toBeLessThan((4 * 0.76) / Math.sqrt(samples));
      expect(Math.abs(max - expected.max)).toBeLessThan((4 * 2 * 0.75) / Math.sqrt(samples));
    }
  });

  it('gives the figures that were calculated before: .397 .199 .101 .049 and 1.06 1.77 2.35 2.82', () => {
    const found = poolingPerturbation();
    expect(found.map(({ size }) => size)).toEqual([2, 4, 8, 16]);
    const calculated = { average: [0.397, 0.199, 0.101, 0.049], max: [1.06, 1.77, 2.35, 2.82] };
    found.forEach(({ average, max }, i) => {
      expect(Math.abs(average / calculated.average[i] - 1)).toBeLessThan(0.03);
      expect(Math.abs(max / calculated.max[i] - 1)).toBeLessThan(0.015);
    });
  });

  it('repeats, scales with the deviation, and depends on the seed', () => {
    const [once, again, other, wide] = [{}, {}, { seed: 1 }, { deviation: 10 }].map(
      (options) => poolingPerturbation({ sizes: [3], samples: 50, ...options })[0],
    );
    expect(again).toEqual(once);
    expect(other.average).not.toBe(once.average);
    expect(wide.max).toBeCloseTo(10 * once.max, 12);
    expect(() => poolingPerturbation({ sizes: [0] })).toThrow(
      'poolingPerturbation: sizes must be an array of an integer >= 1',
    );
  });
});

const images = (shape: [number, number, number, number], seed: number): Tensor4D =>
  tensor4d(
    normal(
      { seed, stream: 'images' },
      shape.reduce((a, b) => a * b),
    ),
    shape,
  );

describe('perturbationOfMaps', () => {
  /** The map is the image. */
  const asIs = () =>
    sequential({
      layers: [
        layers.reLU({ name: 'map', inputShape: [6, 5, 2] }),
        layers.globalAveragePooling2d({}),
        layers.dense({ units: 2 }),
      ],
    });

  it('is what is computed by hand, in batches of any size', async () => {
    const shape: [number, number, number, number] = [5, 6, 5, 2];
    const [x, perturbed] = [1, 2].map((seed) => images(shape, seed));
    const [before, after] = [x, perturbed].map((each) => each.dataSync().map((value) => Math.max(value, 0)));
    const byHand = (size: number, pool: (values: number[]) => number) => {
      const moves: number[] = [];
      for (let n = 0; n < 5; n++)
        for (let row = 0; row + size <= 6; row += size)
          for (let column = 0; column + size <= 5; column += size)
            for (let channel = 0; channel < 2; channel++) {
              const window = (values: ArrayLike<number>) =>
                Array.from({ length: size ** 2 }, (_, i) => {
                  const [dy, dx] = [Math.floor(i / size), i % size];
                  return values[((n * 6 + row + dy) * 5 + column + dx) * 2 + channel];
                });
              moves.push(Math.abs(pool(window(after)) - pool(window(before))));
            }
      return moves.reduce((total, each) => total + each, 0) / moves.length;
    };
    const mean = (values: number[]) => values.reduce((total, each) => total + each, 0) / values.length;
    for (const batchSize of [2, 64]) {
      const found = await perturbationOfMaps(asIs(), x, perturbed, { batchSize });
      expect(found.map(({ size }) => size)).toEqual([1, 2, 4, 5]);
      for (const { size, average, max } of found) {
        expect(average).toBeCloseTo(byHand(size, mean), 5);
        expect(max).toBeCloseTo(
          byHand(size, (values) => Math.max(...values)),
          5,
        );
      }
    }
  });

  it.each(['cpu', 'wasm'])('takes any layer of a network; leaves nothing behind on %s', async (backend) => {
    await setBackend(backend);
    const network = architectures.resnet18({ inputShape: [16, 16, 3], width: 2 });
    const x = images([3, 16, 16, 3], 1);
    const perturbed = add<Tensor4D>(x, 0.1);
    const before = memory().numTensors;
    const early = await perturbationOfMaps(network, x, perturbed, { layer: 'layer1.1.act2', sizes: [16, 4] });
    const last = await perturbationOfMaps(network, x, perturbed);
    expect(memory().numTensors).toBe(before);
    expect(early.map(({ size }) => size)).toEqual([16, 4]);
    expect(last.map(({ size }) => size)).toEqual([1, 2]);
    for (const { average, max } of [...early, ...last]) expect(Math.min(average, max)).toBeGreaterThan(0);
    expect(last[0].average).toBe(last[0].max);
    network.dispose();
    for (const each of [x, perturbed]) each.dispose();
    await setBackend('cpu');
  });

  it('refuses what it cannot pool', async () => {
    const network = asIs();
    const x = images([2, 6, 5, 2], 1);
    await expect(perturbationOfMaps(network, x, images([1, 6, 5, 2], 1))).rejects.toThrow(
      'perturbed must have shape [2, 6, 5, 2], got [1, 6, 5, 2]',
    );
    await expect(perturbationOfMaps(network, x, x, { sizes: [6] })).rejects.toThrow(
      'sizes must lie within the map, 6 x 5, got 6',
    );
    for (const layer of ['mop', network.layers.at(-1)?.name]) {
      await expect(perturbationOfMaps(network, x, x, { layer })).rejects.toThrow(
        `perturbationOfMaps: layer "${layer}" must stand in the model`,
      );
    }
    const image = input({ shape: [6, 5, 2] });
    const bare = model({ inputs: image, outputs: layers.reLU().apply(image) as SymbolicTensor });
    await expect(perturbationOfMaps(bare, x, x)).rejects.toThrow('model pools no map before its end');
  });
});

describe('consistentAccuracy', () => {
  const f = fromFunction((x) => reshape(x, [-1, 2]), { bounds: [-9, 9], classes: 2 });
  const pairs = (...numbers: number[]) => tensor4d(numbers, [numbers.length / 2, 1, 1, 2]);

  it('is the share of classes that stay, right or wrong', async () => {
    const before = memory().numTensors;
    const [x, opposite, one] = [
      pairs(3, 1, 1, 3, 3, 1, 1, 3),
      pairs(1, 3, 3, 1, 1, 3, 3, 1),
      pairs(3, 6, 1, 3, 3, 2, 1, 3),
    ];
    expect(await consistentAccuracy(f, x, x)).toBe(1);
    expect(await consistentAccuracy(f, x, opposite)).toBe(0);
    expect(await consistentAccuracy(f, x, one)).toBe(0.75);
    for (const each of [x, opposite, one]) each.dispose();
    expect(memory().numTensors).toBe(before);
  });

  it('refuses images of other shapes', async () => {
    await expect(consistentAccuracy(f, pairs(1, 2, 3, 4), pairs(1, 2))).rejects.toThrow(
      'consistentAccuracy: perturbed must have shape [2, 1, 1, 2], got [1, 1, 1, 2]',
    );
  });
});
