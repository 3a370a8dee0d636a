import { type Classifier, lossAndGradient, type NormName, norms, type Run, step } from '@agoge/core';
import {
  add,
  div,
  mul,
  reshape,
  sqrt,
  square,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tidy,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';

/** How {@link adamAscent} goes. */
export interface AdamAscentOptions extends Run {
  norm: NormName;
  /** Radius of the ball around the clean images. */
  eps: number;
  steps: number;
  /** The rate of the first steps: about how far each pixel moves. */
  stepSize: number;
  /** Steps after which the rate falls to a tenth. */
  drops: readonly number[];
  /** As `x`. */
  start: Tensor4D;
  /** Which examples make no step, from their logits `[n, classes]` before it. */
  stays?(logits: Tensor2D): Tensor1D;
}

/** Of the mean of the gradients, of that of their squares, and what is added to the root (Kingma and Ba 2015). */
const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];

/**
 * Projected ascent of a loss in the images by Adam's steps: with the gradient `g` of step `t`, from 1,
 *
 *     m <- beta1 m + (1 - beta1) g
 *     v <- beta2 v + (1 - beta2) g^2
 *     x <- P(x + rate m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon))
 *
 * where `P` is the projection onto ball and box. The means are those of the gradients, whatever of a step the projection undid.
 *
 * Gowal, Qin, Uesato, Mann, Kohli, Uncovering the limits of adversarial training (2020), train with it.
 *
 * @param x clean images `[n, height, width, channels]`
 * @param loss from logits `[n, classes]` to what is ascended `[n]`
 * @returns images as `x`; the caller owns them
 */
export async function adamAscent(
  f: Classifier,
  x: Tensor4D,
  loss: (logits: Tensor2D) => Tensor1D,
  { norm, eps, steps, stepSize, drops, start, stays, ...run }: AdamAscentOptions,
): Promise<Tensor4D> {
  let [images, m, v] = [start.clone(), zerosLike(x), zerosLike(x)];
  try {
    for (let done = 0; done < steps; ) {
      const t = done + 1;
      const rate = stepSize * 0.1 ** drops.filter((each) => done >= each).length;
      let check = async () => {};
      const next = tidy(() => {
        const seen = lossAndGradient(f, images, loss);
        check = seen.check;
        const mean = add<Tensor4D>(mul(m, beta1), mul(seen.gradient, 1 - beta1));
        const squares = add<Tensor4D>(mul(v, beta2), mul(square(seen.gradient), 1 - beta2));
        const root = sqrt(mul(squares, 1 / (1 - beta2 ** t)));
        const move = div(mul(mean, rate / (1 - beta1 ** t)), add(root, epsilon));
        const moved = norms[norm].project(add(images, move), x, eps, f.bounds);
        return {
          images: stays ? where(reshape(stays(seen.logits), [-1, 1, 1, 1]), images, moved) : moved,
          mean,
          squares,
        };
      });
      for (const each of [images, m, v]) each.dispose();
      [images, m, v] = [next.images, next.mean, next.squares];
      await check();
      await step(run, { done: ++done, total: steps });
    }
    return images;
  } catch (error) {
    images.dispose();
    throw error;
  } finally {
    m.dispose();
    v.dispose();
  }
}
