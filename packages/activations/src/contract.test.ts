import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { modes } from '@agoge/core';
import {
  fill,
  grad,
  memory,
  mul,
  type Scalar,
  setBackend,
  sum,
  type Tensor,
  tensor,
  tensor1d,
  tensor2d,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { input, type LayersModel, type layers, model } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { float64 } from './float64.fixture';
import type { ActivationLayer } from './index';
import './register';
import { activations } from './registry';
import { reload } from './reload.fixture';

/** What is in the registry and not here, and where it is held to a contract of its own. */
const elsewhere: Record<string, string> = { sparta: 'looks at neighbours: sparta/sparta.test.ts' };
const names = Object.keys(activations).filter((name) => !(name in elsewhere));
const make = (name: string, options: object = {}): ActivationLayer =>
  (activations as Record<string, (options: object) => ActivationLayer>)[name](options);

/** What scalars are set to: away from the corners of `|.|`. */
const trial: Record<string, number> = { alpha: 1.3, beta: 0.2, r: 3 };
const scalarOf = (weight: { originalName: string }) => weight.originalName.split('/')[1];
const apply = (layer: layers.Layer, x: Tensor, mode?: object) => layer.apply(x, mode) as Tensor;

/** A layer with its scalars set to the trial values, and what it computes, in float64, of the input and those scalars. */
function built(name: string, shape: number[], options: object = {}) {
  const layer = make(name, options);
  tidy(() => void layer.apply(fill(shape, 1)));
  const learned = layer.weights.map(scalarOf);
  tidy(() => layer.setWeights(layer.weights.map((each) => fill(each.shape as number[], trial[scalarOf(each)]))));
  const config = layer.getConfig() as Record<string, number>;
  const keys = ['r', 'alpha', 'beta'].filter((key) => key in config && key in trial);
  const exact = (x: number, given: Record<string, number> = {}) =>
    float64[name](x, ...keys.map((key) => given[key] ?? (learned.includes(key) ? trial[key] : config[key])));
  return { layer, learned, exact };
}

const slope = (f: (x: number) => number, x: number, h = 1e-4) => (f(x + h) - f(x - h)) / (2 * h);
const curve = (f: (x: number) => number, x: number, h = 1e-3) => (f(x + h) - 2 * f(x) + f(x - h)) / (h * h);
const points = [-9, -3, -1.2, -0.5, -0.01, 0.02, 0.4, 1, 2.5, 8];

function expectNear(got: ArrayLike<number>, expected: readonly number[], relative: number, absolute: number): void {
  expect(got.length).toBe(expected.length);
  Array.from(got).forEach((value, i) => {
    expect(Math.abs(value - expected[i]), `entry ${i}: ${value} for ${expected[i]}`).toBeLessThanOrEqual(
      relative * Math.abs(expected[i]) + absolute,
    );
  });
}

/** Two places in a row that share one layer. */
function twice(layer: layers.Layer): LayersModel {
  const x = input({ shape: [2] });
  return model({ inputs: x, outputs: layer.apply(layer.apply(x)) as typeof x });
}

it('every entry of the registry has an oracle here, or is said to be held to its contract elsewhere', () => {
  expect(names.filter((name) => !(name in float64))).toEqual([]);
});

describe.each(['cpu', 'wasm'])('on %s', (backendName) => {
  beforeAll(async () => {
    await setBackend(backendName);
  });

  describe.each(names)('%s', (name) => {
    let before = 0;
    const made: layers.Layer[] = [];
    const start = (shape: number[], options?: object) => {
      const each = built(name, shape, options);
      made.push(each.layer);
      return each;
    };
    beforeAll(() => {
      before = memory().numTensors;
    });
    afterAll(() => {
      for (const { weights } of made) for (const each of weights) each.dispose();
      expect(memory().numTensors).toBe(before);
    });

    it('leaves no tensor but its weights, and those go with it', () => {
      const { numTensors } = memory();
      const layer = make(name);
      tidy(() => void grad((x) => sum(apply(layer, x)))(tensor1d(points)));
      expect(memory().numTensors - numTensors).toBe(layer.weights.length);
      layer.dispose();
      expect(memory().numTensors).toBe(numTensors);
    });

    it.each([[[5]], [[2, 3]], [[2, 3, 2]], [[2, 3, 2, 4]], [[0, 3]], [[0, 2, 2, 3]]])(
      'keeps shape %j and dtype',
      (shape) => {
        const { layer } = start([1, ...shape.slice(1)]);
        tidy(() => {
          const x = fill(shape, 0.7);
          const [y, dx] = [apply(layer, x), grad((each) => sum(apply(layer, each)))(x)];
          expect([y.shape, y.dtype, dx.shape, dx.dtype]).toEqual([shape, 'float32', shape, 'float32']);
          expect(layer.computeOutputShape([null, ...shape])).toEqual([null, ...shape]);
        });
      },
    );

    it('has the values and limits of its formula, to 1e4 and beyond, and NaN of NaN', () => {
      const { layer, exact } = start([1]);
      tidy(() => {
        const x = [...points, -1e30, -1e4, 1e4, 1e30];
        expectNear(
          apply(layer, tensor1d(x)).dataSync(),
          x.map((each) => exact(each)),
          2e-5,
          1e-6,
        );
        const [unknown, one] = apply(layer, tensor1d([Number.NaN, 1])).dataSync();
        expect(unknown).toBeNaN();
        expect(Math.abs(one - exact(1))).toBeLessThan(2e-5);
      });
    });

    it('has the gradients of its formula, to the input, to the scalars, and of the gradient', () => {
      const { layer, learned, exact } = start([1]);
      tidy(() => {
        const x = tensor1d(points);
        const dy = tensor1d(points.map((_, i) => 1 + i / 7));
        const weigh = (values: number[]) => values.map((each, i) => each * (1 + i / 7));
        const first = (each: Tensor) => grad((at) => sum(mul(apply(layer, at), dy)))(each);
        const slopes = points.map((each) => slope(exact, each));
        expectNear(first(x).dataSync(), weigh(slopes), 1e-4, 2e-5);
        expectNear(
          grad((each) => sum(first(each)))(x).dataSync(),
          weigh(points.map((each) => curve(exact, each))),
          1e-3,
          1e-4,
        );
        if (learned.length === 0) return;
        const { grads } = variableGrads(() => sum<Scalar>(mul(apply(layer, x), dy)));
        expectNear(
          Object.values(grads).map((each) => each.dataSync()[0]),
          learned.map((scalar) => {
            const along = (at: number) => (value: number) => exact(at, { [scalar]: value });
            return weigh(points.map((at) => slope(along(at), trial[scalar]))).reduce((a, b) => a + b);
          }),
          1e-4,
          2e-5,
        );
      });
    });

    it('saves and reloads to the same numbers and options', async () => {
      const { layer } = start([1, 2]);
      const original = twice(layer);
      const again = await reload(original);
      const [mine, theirs] = tidy(() => {
        const x = tensor2d(points, [5, 2]);
        return [original, again].map((each) => [...(each.predict(x) as Tensor).dataSync()]);
      });
      expect(theirs).toEqual(mine);
      expect(layer.getClassName()).toMatch(/^Agoge/);
      expect(again.layers[1].getClassName()).toBe(layer.getClassName());
      expect(again.layers[1].getConfig()).toEqual(layer.getConfig());
      made.push(again.layers[1]);
    });

    it('while an attack is crafted, has the same input gradient and none to the scalars', () => {
      const { layer, learned } = start([1]);
      tidy(() => {
        const dx = (mode: object) => [...grad((x) => sum(apply(layer, x, mode)))(tensor1d(points)).dataSync()];
        expect(dx(modes.craft)).toEqual(dx(modes.update));
        if (learned.length === 0) return;
        const scalars = (mode: object) => variableGrads(() => sum<Scalar>(apply(layer, tensor1d(points), mode)));
        expect(Object.keys(scalars(modes.update).grads)).toHaveLength(learned.length);
        expect(() => scalars(modes.craft)).toThrow(/connection/);
      });
    });

    if (!('learn' in make(name).getConfig())) return;
    it('learns a scalar for all, or one for each channel, or none', () => {
      const { layer: shared } = start([1, 2]);
      const { layer, learned } = start([1, 2], { name: 'own', perChannel: true });
      expect(shared.weights.map(({ shape }) => shape)).toEqual(learned.map(() => [1]));
      expect(layer.weights.map(({ shape }) => shape)).toEqual(learned.map(() => [2]));
      tidy(() => {
        const x = tensor([...points, ...points], [5, 2, 2]);
        expectNear(apply(layer, x).dataSync(), [...apply(shared, x).dataSync()], 1e-6, 0);
        const gradients = (each: layers.Layer) =>
          Object.values(variableGrads(() => sum<Scalar>(apply(each, x))).grads).map((g) => [...g.dataSync()]);
        const each = gradients(layer).map(([a, b]) => {
          expect(a).not.toBe(b);
          return a + b;
        });
        expectNear(each, gradients(shared).flat(), 1e-5, 1e-5);
      });
      const { layer: fixed } = start([1, 2], { name: 'fixed', learn: [] });
      expect([fixed.trainableWeights.length, fixed.weights.length]).toEqual([0, learned.length]);
    });
  });
});
