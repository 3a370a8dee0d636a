import { type Batch, checkExamples, checkLogits, modes, type Trainable } from '@agoge/core';
import { tensor1d, tensor4d } from '@tensorflow/tfjs-core';

/**
 * Checks a batch before it is trained on, and what the model makes of it in mode `evaluate`.
 *
 * @throws ShapeError, RangeError for images and labels; ModelError for logits that are NaN, or probabilities
 */
export async function checkBatch(who: string, model: Trainable, batch: Batch): Promise<void> {
  const f = model.classifier(modes.evaluate);
  const [x, y] = [tensor4d(batch.x, batch.shape), tensor1d(batch.y, 'int32')];
  try {
    await checkExamples(who, f, x, y);
    const logits = f(x);
    try {
      await checkLogits(who, f, logits, batch.shape[0]);
    } finally {
      logits.dispose();
    }
  } finally {
    x.dispose();
    y.dispose();
  }
}
