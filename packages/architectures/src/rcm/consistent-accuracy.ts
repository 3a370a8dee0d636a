import { type Classifier, checkLogits, ShapeError } from '@agoge/core';
import { type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';

/**
 * The share of images whose class, right or wrong, a perturbation does not change: what RCM calls anti-perturbation ability.
 *
 * Xu and Yang, arXiv 2202.12435 (2022), RCM.
 *
 * @param f the classifier
 * @param x images `[n, height, width, channels]`
 * @param perturbed the same images, attacked or noisy
 * @returns from 0 to 1
 * @throws ShapeError where the images differ in shape; ModelError for logits that are not finite, or probabilities
 * @example
 * const { x: perturbed } = await pgd(f, x, y, { eps: 8 / 255 });
 * const consistent = await consistentAccuracy(f, x, perturbed);
 */
export async function consistentAccuracy(f: Classifier, x: Tensor4D, perturbed: Tensor4D): Promise<number> {
  const who = 'consistentAccuracy';
  const n = x.shape[0];
  if (n === 0) throw new ShapeError(who, 'x', '[n, height, width, channels] with no dimension 0', x.shape);
  if (perturbed.shape.join() !== x.shape.join()) {
    throw new ShapeError(who, 'perturbed', `[${x.shape.join(', ')}]`, perturbed.shape);
  }
  const [before, after] = await Promise.all([x, perturbed].map((images) => classesOf(who, f, images)));
  return before.filter((label, i) => label === after[i]).length / n;
}

async function classesOf(who: string, f: Classifier, x: Tensor4D): Promise<number[]> {
  const logits: Tensor2D = tidy(() => f(x));
  try {
    await checkLogits(who, f, logits, x.shape[0]);
    return (await logits.array()).map((row) => row.indexOf(Math.max(...row)));
  } finally {
    logits.dispose();
  }
}
