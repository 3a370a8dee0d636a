import { readFileSync } from 'node:fs';
import { activations } from '@agoge/activations/registry';
import '@agoge/backend-onnx';
import { useBackend } from '@agoge/backends';
import { grads, sum, type Tensor, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';

interface Case {
  name: keyof typeof activations;
  parameters: Record<string, number>;
  f: number[];
  dfdx: number[];
  d2fdx2?: number[];
  dfdp: Record<string, number[]>;
}

/** The figures that the activations are held to on cpu and wasm, in their own package. */
const figures = new URL('../../activations/src/figures.fixture.json', import.meta.url);
const { x: points, cases } = JSON.parse(readFileSync(figures, 'utf8')) as { x: number[]; cases: Case[] };

/** Whether ONNX Runtime is installed here: an optional peer. */
const installed = await import('onnxruntime-node').then(
  () => true,
  () => false,
);

function expectNear(got: ArrayLike<number>, expected: readonly number[], relative: number, absolute: number): void {
  expect(got.length).toBe(expected.length);
  Array.from(got).forEach((value, i) => {
    expect(Math.abs(value - expected[i]), `entry ${i}: ${value} for ${expected[i]}`).toBeLessThanOrEqual(
      relative * Math.abs(expected[i]) + absolute,
    );
  });
}

/** A layer whose learned scalars are one for each point, all of the same value, so that one gradient gives the slopes of each. */
function layerOf({ name, parameters }: Case): layers.Layer {
  const make = activations[name] as (options: object) => layers.Layer;
  const takes = make({}).getConfig();
  const fixed = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value > 0));
  const layer = make('learn' in takes ? { ...fixed, perChannel: true } : fixed);
  layer.apply(tensor2d(points, [1, points.length]));
  layer.setWeights(
    layer.weights.map(({ originalName }) => tensor1d(points.map(() => parameters[originalName.split('/')[1]]))),
  );
  return layer;
}

describe.skipIf(!installed)('on onnx (needs onnxruntime-node)', () => {
  beforeAll(async () => {
    await useBackend('onnx');
  });

  it.each(cases)('$name $parameters: value, slopes and parameter slopes as in the papers', async (each) => {
    const layer = layerOf(each);
    const variables = layer.weights.map((weight) => weight.read());
    const f = (x: Tensor) => layer.apply(x) as Tensor;
    const slopes = (x: Tensor) => grads((at: Tensor) => sum(f(at)))([x, ...variables]);
    const [value, curve, slope, ...ofScalars] = tidy(() => {
      const x = tensor2d(points, [1, points.length]);
      const second = each.d2fdx2 ? grads((at: Tensor) => sum(slopes(at)[0]))([x])[0] : x;
      return [f(x), second, ...slopes(x)];
    });
    expectNear(await value.data(), each.f, 2e-5, 1e-6);
    expectNear(await slope.data(), each.dfdx, 1e-4, 1e-5);
    if (each.d2fdx2) expectNear(await curve.data(), each.d2fdx2, 1e-4, 1e-5);
    // ONNX Runtime's logistic function is 1 where 1e-7 is left to it: x^2 s (1 - s), as far as x = 10, shows that.
    for (const [i, { originalName }] of layer.weights.entries()) {
      expectNear(await ofScalars[i].data(), each.dfdp[originalName.split('/')[1]], 1e-4, 2e-5);
    }
  });
});
