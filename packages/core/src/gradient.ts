import {
  engine,
  getGradient,
  keep,
  type Scalar,
  Sum,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Classifier } from './contracts';
import { BackendError, ModelError } from './errors';
import { probed } from './probe';

/**
 * Makes sure that tfjs can differentiate: tfjs-core alone has no gradients, they come with tfjs-layers, which is loaded
 * here if they are missing. Call it before the first gradient.
 *
 * @throws BackendError when tfjs-layers cannot be loaded
 */
export async function ensureGradients(): Promise<void> {
  if (getGradient(Sum)) return;
  try {
    await import('@tensorflow/tfjs-layers');
  } catch (cause) {
    const advice = 'tfjs-core has no gradients of its own: install @tensorflow/tfjs-layers 4.22.0, which brings them';
    throw new BackendError('ensureGradients', advice, { cause });
  }
}

/** What one forward and backward pass gives; the caller owns the three tensors. */
export interface LossAndGradient {
  /** `[n, classes]` */
  logits: Tensor2D;
  /** `[n]` */
  loss: Tensor1D;
  /** `[n, height, width, channels]` */
  gradient: Tensor4D;
  /** Of the kernels that they rest on: to be called before they are used, and awaited; as that of `probed`. */
  check(): Promise<void>;
}

/**
 * Losses of a batch and their gradients in the images, in one forward and one backward pass.
 *
 * Kernels of TensorFlow.js that may be silently wrong are noted for `check`, which looks into those that are not known yet.
 *
 * @param f the classifier
 * @param x images `[n, height, width, channels]`
 * @param loss from logits `[n, classes]` to one loss per example `[n]`
 * @throws BackendError where the backend lacks a kernel; ModelError for a loss that does not depend on the images; what the
 * classifier and the loss throw
 */
export function lossAndGradient(f: Classifier, x: Tensor4D, loss: (logits: Tensor2D) => Tensor1D): LossAndGradient {
  const kept: Tensor[] = [];
  const summed = () => {
    const logits = f(x);
    const losses = loss(logits);
    kept.push(keep(logits.clone()), keep(losses.clone()));
    return sum<Scalar>(losses);
  };
  try {
    const { result: gradient, check } = probed('lossAndGradient', () =>
      tidy(() => {
        const [gradient]: (Tensor | undefined)[] = engine().gradients(summed, [x], undefined, true).grads;
        if (gradient) return gradient as Tensor4D;
        throw new ModelError('lossAndGradient', 'the loss must depend on the images, and has no gradient in them');
      }),
    );
    // Clones made outside the tape are ordinary tensors again, so that a caller's tidy can dispose of them.
    const [logits, losses] = tidy(() => kept.map((each) => each.clone()));
    return { logits: logits as Tensor2D, loss: losses as Tensor1D, gradient, check };
  } catch (error) {
    disposeTape();
    throw error;
  } finally {
    for (const each of kept) each.dispose();
  }
}

/** What tfjs kept for a backward pass that did not come to its end, where it leaves it for ever. */
function disposeTape(): void {
  const { state } = engine();
  if (state.gradientDepth > 0) return; // An outer gradient's.
  for (const { saved = [] } of state.activeTape ?? []) for (const each of saved) each.dispose();
  state.activeTape = [];
}
