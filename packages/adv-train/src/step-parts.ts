import type { Batch, Objective, Run, Trainable, TrainableWeight } from '@agoge/core';
import { type Rank, slice, type Tensor, type Tensor4D, tidy, type Variable } from '@tensorflow/tfjs-core';
import { type Crafted, craft } from './crafted';
import { atMovedWeights } from './moved-weights';
import { type PartGradient, partGradient, withoutUpdates } from './part-gradient';
import { partsOf } from './parts';

/** What crafts the parts of batches and takes their gradients. */
export interface PartTrainer {
  model: Trainable;
  parameters: readonly TrainableWeight[];
  objective: Objective;
  /** What the objective advances, by the place in the batch: of the shape of the largest. */
  perturbation?: Variable;
  /** Most examples that go forward at once: a larger batch goes in parts, each with its own statistics. */
  microBatch?: number;
}

/** `loss`: of the loss alone, running statistics left as they are; `update`: with the penalty, running statistics moved. */
export type PassKind = 'loss' | 'update';

/** What one pass over a part gives; the caller owns the tensors. */
export interface PartPass extends Omit<PartGradient, 'inImages'> {
  /** The part's perturbation for the next step, where the objective advances it. */
  advanced?: Tensor4D;
}

/** The parts of a step's batch with their adversarial images. */
export interface CraftedParts {
  /** Examples of each part, in order. */
  readonly sizes: readonly number[];
  /**
   * One pass over each part, in order; the running statistics move in that order.
   *
   * @param moves what is added to each weight meanwhile, in the order of the parameters
   */
  passes(kind: PassKind, moves: readonly (Tensor | undefined)[]): AsyncIterable<PartPass>;
  /** Of all parts, one after another. */
  adversarial(): Promise<Float32Array>;
  dispose(): void;
}

/** Who does the work on the parts of a batch: this thread, or several. Whoever does, the numbers are the same. */
export interface PartWork {
  /**
   * Crafts all parts at the weights and running statistics as they are.
   *
   * @throws the signal's reason, once aborted
   */
  craft(trainer: PartTrainer, batch: Batch, run: Run): Promise<CraftedParts>;
}

/** One pass over one part, at the weights as they are. */
export function partPass(
  { model, parameters, objective }: Pick<PartTrainer, 'model' | 'parameters' | 'objective'>,
  part: Crafted,
  kind: PassKind,
): PartPass {
  const { inImages, ...pass } = partGradient(
    kind === 'loss' ? withoutUpdates(model) : model,
    parameters,
    objective,
    part,
  );
  const advances = inImages && part.perturbation && kind === 'update';
  const advanced = advances && objective.advance?.(part.x, part.perturbation as Tensor4D, inImages, model.bounds);
  inImages?.dispose();
  return { ...pass, ...(advanced && { advanced }) };
}

/** All parts one after another in the thread that asks. */
export const inThisThread: PartWork = {
  async craft(trainer, batch, run) {
    const { model, parameters, objective, perturbation, microBatch } = trainer;
    const parts: Crafted[] = [];
    const dispose = () => parts.forEach((each) => void each.dispose());
    try {
      let from = 0;
      for (const part of partsOf(batch, run, microBatch)) {
        const [n] = part.batch.shape;
        const rows = perturbation && tidy(() => slice<Rank.R4, Tensor4D>(perturbation as Tensor as Tensor4D, from, n));
        parts.push(await craft(model, objective, part, rows));
        from += n;
      }
    } catch (error) {
      dispose();
      throw error;
    }
    return {
      sizes: parts.map(({ x }) => x.shape[0]),
      async *passes(kind, moves) {
        for (const part of parts) yield atMovedWeights(parameters, moves, () => partPass(trainer, part, kind));
      },
      adversarial: () => imagesOf(parts, batch.x.length),
      dispose,
    };
  },
};

async function imagesOf(parts: readonly Crafted[], size: number): Promise<Float32Array> {
  const images = new Float32Array(size);
  let at = 0;
  for (const { adversarial } of parts) {
    images.set(await adversarial.data(), at);
    at += adversarial.size;
  }
  return images;
}
