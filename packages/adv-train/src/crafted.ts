import type { Objective, Trainable } from '@agoge/core';
import {
  cast,
  oneHot,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Part } from './parts';

/** The tensors of a part of a batch, its adversarial images among them. */
export interface Crafted {
  /** `[n, height, width, channels]` */
  x: Tensor4D;
  /** `[n]` */
  y: Tensor1D;
  /** `[n, classes]` */
  target: Tensor2D;
  /** As `x`. */
  adversarial: Tensor4D;
  /** As `x`: what the objective advances. */
  perturbation?: Tensor4D;
  dispose(): void;
}

/**
 * Crafts the adversarial images of a part of a batch, at the weights as they are.
 *
 * @param perturbation of an objective that advances it: becomes the result's
 */
export async function craft(
  model: Trainable,
  objective: Objective,
  { batch, run }: Part,
  perturbation?: Tensor4D,
): Promise<Crafted> {
  const { classes } = model;
  const x = tensor4d(batch.x, batch.shape);
  const y = tensor1d(batch.y, 'int32');
  const target = batch.target
    ? tensor2d(batch.target, [batch.shape[0], classes])
    : (tidy(() => cast(oneHot(y, classes), 'float32')) as Tensor2D);
  const kept = perturbation ? { perturbation } : {};
  const given = [x, y, target, ...Object.values(kept)];
  try {
    const adversarial = await objective.perturb(model, x, y, { ...run, ...kept });
    const dispose = () => [...given, adversarial].forEach((each) => void each.dispose());
    return { x, y, target, adversarial, ...kept, dispose };
  } catch (error) {
    for (const each of given) each.dispose();
    throw error;
  }
}
