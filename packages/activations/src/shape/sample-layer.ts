import { refusal, said } from '@agoge/core';
import { grad, slice, sum, type Tensor, tensor2d, tidy, tile } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { Sampler } from './activation-shape';

/** How far apart slopes are taken where they stand in for a second derivative. */
const apart = 2 ** -8;

/**
 * The values of a layer as it stands, in float32, with its gradients by tfjs's tape.
 *
 * The second derivative is the tape's, accurate to float32, if slopes at neighbouring inputs confirm it: tfjs holds for
 * constants what its sigmoid, tanh, exp and ELU keep for their gradients, so its second derivatives lack terms without a word.
 * Else it is a difference of slopes 2^-7 apart: about 1e-4 off, and blunt for what is narrower.
 *
 * @param who the public function, for errors
 * @param channel which of `channels`, where the layer has parameters of each
 * @throws TypeError for a layer whose outputs depend on other inputs than their own
 */
export async function sampleLayer(
  who: string,
  layer: layers.Layer,
  channel: number,
  channels: number,
): Promise<Sampler> {
  const all = (x: Tensor) => layer.apply(x) as Tensor;
  const f = (x: Tensor) =>
    channels === 1 ? all(x) : slice(all(tile(x, [1, channels])), [0, channel], [x.shape[0], 1]);
  const slope = grad((x: Tensor) => sum(f(x)));
  const curvature = grad((x: Tensor) => sum(slope(x)));
  const read = async (make: (x: Tensor) => Tensor, x: Float64Array, columns = 1) => {
    const y = tidy(() => make(tensor2d(Float32Array.from(x), [x.length / columns, columns])));
    try {
      return Float64Array.from(await y.data());
    } finally {
      y.dispose();
    }
  };
  const difference = async (x: Float64Array) => {
    const [before, after] = [-apart, apart].map((shift) => x.map((each) => each + shift));
    const [low, high] = [await read(slope, before), await read(slope, after)];
    return x.map((_, i) => (high[i] - low[i]) / (2 * apart));
  };

  const probes = Float64Array.from({ length: 64 }, (_, i) => -4 + i / 8 + 1 / 19);
  const alone = await read(f, probes);
  // A layer may be built for one column.
  const inPairs = channels > 1 ? alone : await read(all, probes, 2).catch(() => alone);
  if (inPairs.some((y, i) => Math.abs(y - alone[i]) > 1e-5 * Math.max(1, Math.abs(y)))) {
    throw said(new TypeError(refusal(who, 'activation', 'a layer that works entry by entry', layer.getClassName())));
  }
  const told = await read(curvature, probes).catch(() => undefined);
  const seen = await difference(probes);
  const agreeing = told?.filter((each, i) => Math.abs(each - seen[i]) < 0.05 * Math.max(1, Math.abs(each))).length ?? 0;
  const second = agreeing > 0.8 * probes.length ? (x: Float64Array) => read(curvature, x) : difference;

  return async (x) => ({
    y: await read(f, x),
    dydx: await steady((each) => read(slope, each), x),
    d2ydx2: await steady(second, x),
  });
}

/** The middle of the values at an input and right beside it: at a kink itself a gradient is a convention, often 0. */
async function steady(read: (x: Float64Array) => Promise<Float64Array>, x: Float64Array): Promise<Float64Array> {
  const shifted = (side: number) => x.map((each) => each + side * 2 ** -20 * Math.max(Math.abs(each), 2 ** -8));
  const [before, here, after] = [await read(shifted(-1)), await read(x), await read(shifted(1))];
  return here.map((each, i) => Math.max(Math.min(each, before[i]), Math.min(Math.max(each, before[i]), after[i])));
}
