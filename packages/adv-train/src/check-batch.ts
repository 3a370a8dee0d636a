import { type Batch, checkExamples, checkLogits, modes, type Trainable } from '@agoge/core';
import { type Tensor1D, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs-core';

/**
 * Checks a batch before it is trained on, and what the model makes of it in mode `evaluate`.
 *
 * @throws ShapeError, RangeError for images and labels; ModelError for logits that are NaN, or probabilities
 */
export async function checkBatch(who: string, model: Trainable, batch: Batch): Promise<void> {
  const [x, y] = [tensor4d(batch.x, batch.shape), tensor1d(batch.y, 'int32')];
  try {
    await checkTensors(who, model, x, y);
  } finally {
    x.dispose();
    y.dispose();
  }
}

/** The same of images `[n, height, width, channels]` and labels `[n]`. */
export async function checkTensors(who: string, model: Trainable, x: Tensor4D, y: Tensor1D): Promise<void> {
  const f = model.classifier(modes.evaluate);
  await checkExamples(who, f, x, y);
  const logits = f(x);
  try {
    await checkLogits(who, f, logits, x.shape[0]);
  } finally {
    logits.dispose();
  }
}
