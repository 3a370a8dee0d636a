import '@tensorflow/tfjs-backend-cpu';
import { ShapeError } from '@agoge/core';
import {
  customGrad,
  type GradSaveFunc,
  memory,
  mul,
  setBackend,
  square,
  sub,
  type Tensor,
  tanh,
  tensor1d,
  tensor2d,
} from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { analyseShape, PReLU, PSSiLU, Sparta } from '../index';

/** Its gradient keeps its value, which the tape then takes for a constant: a second derivative of 0. */
class StaleTanh extends layers.Layer {
  static className = 'StaleTanh';
  override call(inputs: Tensor | Tensor[]): Tensor {
    return staleTanh(Array.isArray(inputs) ? inputs[0] : inputs);
  }
}
const staleTanh = customGrad((...[x, save]: (Tensor | GradSaveFunc)[]) => {
  const value = tanh(x as Tensor);
  (save as GradSaveFunc)([value]);
  return { value, gradFunc: (dy: Tensor, [kept]: Tensor[]) => mul(dy, sub(1, square(kept))) };
});

beforeAll(async () => {
  await setBackend('cpu');
});

describe('analyseShape', () => {
  it('gives the series of a name', async () => {
    const before = memory().numTensors;
    const { series, parameters, method } = await analyseShape('silu', { from: -2, to: 2, points: 5 });
    expect([...series.x]).toEqual([-2, -1, 0, 1, 2]);
    const expected = {
      y: [-0.238405844, -0.268941421, 0, 0.731058579, 1.76159416],
      dydx: [-0.0907842488, 0.0723294881, 0.5, 0.927670512, 1.09078425],
      d2ydx2: [0.0500621687, 0.302366119, 0.5, 0.302366119, 0.0500621687],
    };
    for (const key of ['y', 'dydx', 'd2ydx2'] as const) {
      expected[key].forEach((each, i) => {
        expect(series[key][i], `${key} ${i}`).toBeCloseTo(each, 6);
      });
    }
    expect(parameters).toEqual({});
    expect(new Set(Object.values(method))).toEqual(new Set(['closed']));
    expect(memory().numTensors).toBe(before);
  });

  it('gives a layer as it has become, and leaves it alone', async () => {
    const layer = new PSSiLU();
    layer.apply(tensor1d([1]));
    layer.setWeights([tensor1d([-2]), tensor1d([0.25])]);
    const before = memory().numTensors;
    const { parameters, ends, zeros, positiveOnNegatives, curvature, slope, monotone } = await analyseShape(layer);
    expect(parameters).toEqual({ alpha: 2, beta: 0.25 });
    expect(ends.left).toEqual({ value: Infinity, slope: -1 / 3, intercept: 0 });
    const crossing = Math.log(1 / 3) / 2;
    expect(zeros).toEqual([
      [crossing, crossing],
      [0, 0],
    ]);
    expect(positiveOnNegatives).toEqual([[-Infinity, crossing]]);
    expect(curvature.max).toBeCloseTo(4 / 3, 12);
    expect(slope.max).toBeCloseTo((1.09983932 - 0.25) / 0.75, 7);
    expect(monotone).toBe(false);
    expect(memory().numTensors).toBe(before);
    expect(await analyseShape('pssilu', { parameters: { alpha: 2, beta: 0.25 } })).toMatchObject({ zeros, slope });
  });

  it.each(['closed', 'numeric'] as const)(
    'gives one channel of a layer with parameters of each, %s',
    async (method) => {
      const layer = new PReLU({ perChannel: true });
      await expect(analyseShape(layer)).rejects.toThrow('analyseShape: layer "prelu" is per channel and not built yet');
      layer.apply(tensor2d([[1, 2, 3]]));
      layer.setWeights([tensor1d([0, 0.5, -0.25])]);
      const { parameters, slope, series } = await analyseShape(layer, {
        channel: 2,
        method,
        from: -4,
        to: 4,
        points: 3,
      });
      expect(parameters).toEqual({ alpha: -0.25 });
      expect(slope).toEqual({ min: -0.25, max: 1 });
      expect([...series.y].map((each) => each + 0)).toEqual([1, 0, 4]);
      expect((await analyseShape(layer, { method })).parameters).toEqual({ alpha: 0 });
      await expect(analyseShape(layer, { channel: 3, method })).rejects.toThrow(
        'channel must be an integer >= 0 and < 3, got 3',
      );
    },
  );

  it('searches where no formula is known, and says so', async () => {
    const shape = await analyseShape(layers.activation({ activation: 'tanh' }));
    expect(shape.ends).toEqual({
      left: { value: -1, slope: 0, intercept: -1 },
      right: { value: 1, slope: 0, intercept: 1 },
    });
    expect(shape.zeros).toEqual([[0, 0]]);
    expect(shape.curvature.max).toBeCloseTo(4 / Math.sqrt(27), 4);
    expect(Math.abs(shape.curvature.at)).toBeCloseTo(Math.atanh(1 / Math.sqrt(3)), 2);
    expect(shape.slope).toEqual({ min: 0, max: 1 });
    expect(shape.monotone).toBe(true);
    expect(new Set(Object.values(shape.method))).toEqual(new Set(['numeric']));
    const { method } = await analyseShape('mish');
    expect(method).toMatchObject({ zeros: 'closed', curvature: 'numeric', slope: 'numeric', series: 'closed' });
  });

  it('finds kinks away from 0, flat stretches, and positive outputs between', async () => {
    const shape = await analyseShape(layers.activation({ activation: 'hardSigmoid' }));
    expect(shape.curvature.max).toBe(Infinity);
    expect(Math.abs(shape.curvature.at)).toBeCloseTo(2.5, 4);
    expect(shape.zeros[0][0]).toBe(-Infinity);
    expect(shape.zeros[0][1]).toBeCloseTo(-2.5, 5);
    expect(shape.positiveOnNegatives[0][0]).toBeCloseTo(-2.5, 5);
    expect(shape.positiveOnNegatives[0][1]).toBe(0);
    expect(shape.ends.right.value).toBe(1);
    const line = await analyseShape(layers.activation({ activation: 'linear' }));
    expect(line).toMatchObject({ curvature: { max: 0 }, slope: { min: 1, max: 1 }, zeros: [[0, 0]] });
  });

  it('takes differences where the tape has no second derivative, or a wrong one', async () => {
    const elu = await analyseShape(layers.activation({ activation: 'elu' }));
    expect(elu.curvature.max).toBeCloseTo(1, 2);
    expect(elu.series.d2ydx2[100]).toBeCloseTo(Math.exp(-1), 3);

    const { curvature } = await analyseShape(new StaleTanh());
    expect(curvature.max).toBeCloseTo(4 / Math.sqrt(27), 3);
  });

  it.each([
    [() => analyseShape('pssiluu'), TypeError, 'unknown activation "pssiluu"'],
    [() => analyseShape('relu', { points: 1 }), RangeError, 'analyseShape: points must be an integer >= 2, got 1'],
    [() => analyseShape('relu', { from: 2, to: 1 }), RangeError, 'analyseShape: to must be above from = 2, got 1'],
    [() => analyseShape('relu', { start: 2 } as never), TypeError, 'unknown option "start"'],
    [() => analyseShape('pssilu', { parameters: { beta: 2 } }), RangeError, 'PSSiLU: beta must be'],
    [() => analyseShape(new PSSiLU(), { parameters: { beta: 0.1 } }), TypeError, 'parameters must be left out'],
    [() => analyseShape(new Sparta()), ShapeError, 'must have shape [n, height, width, channels]'],
    [() => analyseShape(layers.softmax()), TypeError, 'activation must be a layer that works entry by entry'],
  ])('refuses %s', async (call, kind, message) => {
    await expect(call()).rejects.toThrow(kind);
    await expect(call()).rejects.toThrow(message);
  });
});
