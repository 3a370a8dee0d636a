import { type Batch, type Batches, modes, type Objective, type Trainable } from '@agoge/core';
import { argMax, tidy } from '@tensorflow/tfjs-core';
import type { FilledProbe } from './collapse';
import { craft } from './crafted';
import { type ValidationResult, validate } from './validation';

/** What a probe finds of the first training images. */
export interface ProbeResult extends ValidationResult {
  /** On images that the objective makes of them, at the same weights; of one that replays, on the epoch's. */
  ownAccuracy: number;
}

/**
 * Measures a model in mode `evaluate` on its first training images: as they are, under the probe's attack, and as its own
 * objective crafts them.
 *
 * @param accuracy of the epoch, on the images it was trained on
 */
export async function probeModel(
  model: Trainable,
  objective: Objective,
  data: Batches,
  { attack, examples }: FilledProbe,
  { accuracy, ...run }: { seed: number; signal?: AbortSignal; accuracy: number },
): Promise<ProbeResult> {
  const result = await validate(model, { data, attacks: [attack], examples }, run);
  if (objective.advance) return { ...result, ownAccuracy: accuracy };
  const count = Math.min(examples, data.examples);
  let [right, seen] = [0, 0];
  for await (const batch of data.batches({ batchSize: Math.min(count, 64) })) {
    const part = firstOf(batch, count - seen);
    const crafted = await craft(model, objective, { batch: part, run: { ...run, index: part.index } });
    try {
      const classes = tidy(() => argMax(model.forward(crafted.adversarial, modes.evaluate), 1));
      const values = await classes.data();
      classes.dispose();
      right += part.y.reduce((total, label, i) => total + Number(values[i] === label), 0);
    } finally {
      crafted.dispose();
    }
    seen += part.y.length;
    if (seen === count) break;
  }
  return { ...result, ownAccuracy: right / count };
}

function firstOf({ x, shape: [n, ...item], y, index }: Batch, most: number): Batch {
  const size = Math.min(n, most);
  return {
    x: x.subarray(0, (x.length / n) * size),
    shape: [size, ...item],
    y: y.subarray(0, size),
    index: index.subarray(0, size),
  };
}
