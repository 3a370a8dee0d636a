import { checkOptions, integer, lookUp, number, refusal, said } from '@agoge/core';
import { grad, sum, type Tensor, tensor2d, tidy } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { activations } from './registry';

export interface SampleActivationOptions {
  /** Left end. Default -6. */
  from?: number;
  /** Right end, above `from`. Default 6: beyond these the five activations are straight lines to the eye. */
  to?: number;
  /** How many, both ends among them. Default 241: steps of 0.05, 0 among them. */
  points?: number;
}

/** An activation's shape as data: arrays of one length. */
export interface ActivationSamples {
  x: Float32Array;
  y: Float32Array;
  dydx: Float32Array;
}

/**
 * Samples an activation and its slope at evenly spaced points, as the layer stands now.
 *
 * @param activation a layer that works entry by entry (ours or tfjs's; built if it was not), or a name of the registry
 * @param options where to sample
 * @returns `x`, `y = f(x)` and `dydx = f'(x)`
 * @throws TypeError for an unknown name or option; RangeError for a value out of range
 */
export async function sampleActivation(
  activation: layers.Layer | string,
  options: SampleActivationOptions = {},
): Promise<ActivationSamples> {
  const who = 'sampleActivation';
  const { from = -6, to = 6, points = 241 } = options;
  checkOptions(who, options, { from: number(), to: number(), points: integer({ min: 2 }) });
  if (to <= from) throw said(new RangeError(refusal(who, 'to', `above from = ${from}`, to)));
  const named = typeof activation === 'string';
  const layer = named ? lookUp(who, 'activation', activation, activations)() : activation;

  const x = Float32Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1));
  const [y, dydx] = tidy(() => {
    const f = (input: Tensor) => layer.apply(input) as Tensor;
    const input = tensor2d(x, [points, 1]);
    return [f(input), grad((each) => sum(f(each)))(input)];
  });
  try {
    return { x, y: (await y.data()) as Float32Array, dydx: (await dydx.data()) as Float32Array };
  } finally {
    y.dispose();
    dydx.dispose();
    if (named) layer.dispose();
  }
}
