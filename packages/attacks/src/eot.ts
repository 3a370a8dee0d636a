import {
  type Classifier,
  checkValue,
  type FromFunctionOptions,
  fn,
  fromFunction,
  integer,
  required,
} from '@agoge/core';
import { addN, div, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';

export interface EotOptions extends FromFunctionOptions {
  /** Draws that the logits are the mean of. Default 16 (foolbox 3.3). */
  samples?: number;
}

/**
 * Expectation over transformation: a classifier that draws something at random, as the classifier of its mean logits over a
 * fixed set of draws: always the same for the same image, so that attacks, restarts and verdicts speak of one model.
 *
 * `z(x) = mean over k < samples of f(x, k)`, whose gradient is the mean of the gradients.
 *
 * For a model whose draws cannot be chosen, `apgd` takes `eotSamples`; verdicts on such a model are themselves random.
 *
 * Athalye et al., Synthesizing robust adversarial examples (ICML 2018).
 *
 * @param f from images `[n, height, width, channels]` and the number of the draw to logits `[n, classes]`; the same for the
 * same draw, as with noise made from it by a counter-based generator (`normal({ seed: draw, stream }, length)`)
 * @throws TypeError, RangeError for options
 * @example
 * const noisy = (x: Tensor4D, draw: number) => f(add(x, noiseOf(draw, x.shape)));
 * const mean = eot(noisy, { samples: 20, bounds: f.bounds, classes: f.classes });
 */
export function eot(f: (x: Tensor4D, draw: number) => Tensor2D, { samples = 16, ...options }: EotOptions): Classifier {
  checkValue('eot', 'f', f, required(fn));
  checkValue('eot', 'samples', samples, integer({ min: 1 }));
  return fromFunction((x) => div(addN(Array.from({ length: samples }, (_, draw) => f(x, draw))), samples), options);
}
