import type { Classifier } from '@agoge/core';
import { abs, max, mean, sqrt, square, sub, sum, type Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs-core';

/**
 * How fast a model's logits move between images and their perturbed forms: `sum |f(x) - f(x')| / max |x - x'|`, the sum over
 * images and classes, the largest over all pixels of all images, divided by the number of images. PAF's "empirical Lipschitz", of a
 * batch.
 *
 * Dai, Mahloujifar, Mittal, Parameterizing activation functions for adversarial robustness (2021), by its code.
 *
 * @param x images `[n, height, width, channels]`
 * @param perturbed the same, attacked; other than `x`
 */
export async function empiricalLipschitz(f: Classifier, x: Tensor4D, perturbed: Tensor4D): Promise<number> {
  const found = tidy(() => [sum(abs(sub(f(x), f(perturbed)))), max(abs(sub(x, perturbed)))]);
  const [[moved], [distance]] = await Promise.all(found.map((each) => each.data()));
  for (const each of found) each.dispose();
  return moved / distance / x.shape[0];
}

/**
 * How far features move between images and their perturbed forms: the mean over images of the l2 norm of `F(x) - F(x')`.
 *
 * Dai, Mahloujifar, Mittal 2021 (PAF), whose code has it of the features after the second stage; that the norm is each image's own is our
 * reading.
 *
 * @param features from images to `[n, ...]`
 */
export async function featureDifference(
  features: (images: Tensor4D) => Tensor,
  x: Tensor4D,
  perturbed: Tensor4D,
): Promise<number> {
  const found = tidy(() => {
    const difference = sub(features(x), features(perturbed));
    return mean(sqrt(sum(square(difference), difference.shape.map((_, axis) => axis).slice(1))));
  });
  const [value] = await found.data();
  found.dispose();
  return value;
}
