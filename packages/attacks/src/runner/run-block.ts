import {
  type Attack,
  type Batch,
  type BlackBox,
  type Classifier,
  checkExamples,
  type Progress,
  type Run,
  step,
} from '@agoge/core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { imagesAt, labelsAt } from '../rows';
import { verdictOn } from '../verdict';
import { type Block, beginBlock, enter } from './block';
import { judge, type RunThreat } from './judge';
import { quantised } from './quantised';
import { isRobust } from './records';
import { noTotals } from './totals';

export interface BlockOptions extends Pick<Run, 'seed' | 'signal'> {
  /** Which examples an attack meets: those that none before it broke, or all that are correct on the clean image. */
  meets: 'survivors' | 'all';
  threat: RunThreat | undefined;
  /** Clean and strongest images of so many examples of the block, from the first, are kept. */
  keep: number;
  /** Whether the strongest images of all are, and in what form in the end. */
  images: 'none' | 'float32' | 'uint8';
  /** The block as far as it has come. */
  begun?: Block;
  /** Called after each attack that is not the last. */
  onAttack?(block: Block): Promise<void>;
  /** Told `done` of `total`: evaluations of the attack that runs; `attack` is its place in the list. */
  onProgress?(attack: number, progress: Progress): void;
}

/**
 * Runs attacks on one block of consecutive examples: the unit of work, whose records depend on nothing else.
 *
 * Each attack starts from the clean images. What it returns is judged anew ({@link judge}).
 */
export async function runBlock(
  who: string,
  f: Classifier | BlackBox,
  batch: Batch,
  attacks: readonly Attack[],
  options: BlockOptions,
): Promise<Block> {
  const { seed, signal, meets, threat, images, onAttack, onProgress } = options;
  const block = options.begun ?? (await look(who, f, batch, options));
  const { records } = block;
  const everybody = [...records.keys()];
  for (const [place, attack] of attacks.entries()) {
    if (place < block.done) continue;
    const met = everybody.filter((i) => (meets === 'all' ? records[i].correct : isRobust(records[i])));
    const summary = noTotals(met.length, unknownUnlessLast(meets, place, attacks.length));
    if (met.length > 0) {
      const began = performance.now();
      const reins = { seed, signal, onProgress: (progress: Progress) => onProgress?.(place, progress) };
      const result = await withExamples(batch, met, (x, y, index) => attack.run(f, x, y, { ...reins, index }));
      try {
        const [, ...item] = batch.shape;
        const known = {
          x: imagesOf(batch, met),
          shape: [met.length, ...item] as Tensor4D['shape'],
          labels: Int32Array.from(met, (i) => batch.y[i]),
          index: Float64Array.from(met, (i) => batch.index[i]),
        };
        const judgement = await judge(who, f, attack, result, known, threat);
        met.forEach((i, row) => {
          records[i].forwards += result.forwards[row] + 1;
          records[i].backwards += result.backwards[row];
          summary.forwards += result.forwards[row];
          summary.backwards += result.backwards[row];
          summary.zeroGradients += Number((result.zeroGradients?.[row] ?? 0) > 0);
        });
        enter(block, { place, name: attack.name }, met, judgement, summary);
      } finally {
        result.x.dispose();
      }
      summary.seconds = (performance.now() - began) / 1000;
    }
    block.attacks.push(summary);
    block.done = place + 1;
    const isOver = meets === 'survivors' && !records.some(isRobust);
    if (block.done < attacks.length && !isOver) await onAttack?.(block);
  }
  if (meets === 'all') {
    block.attacks.forEach((summary, place) => {
      summary.unique = block.breakers.filter((each) => each.length === 1 && each[0] === place).length;
    });
  }
  if (images === 'uint8') {
    block.quantised = await quantised(who, f, batch, block, attacks, threat);
    block.strongest = block.strongest.slice(0, block.clean.length);
  }
  return block;
}

/** The block before any attack. */
async function look(
  who: string,
  f: Classifier | BlackBox,
  batch: Batch,
  { keep, images, signal }: BlockOptions,
): Promise<Block> {
  const everybody = [...batch.y.keys()];
  await withExamples(batch, everybody, (x, y) => checkExamples(who, f, x, y));
  const verdict = await verdictOn(who, f, batch, everybody, batch.y);
  await step({ signal });
  return beginBlock(batch, verdict, { keep, images });
}

/** Where attacks meet survivors alone, of the last one is known that no other broke what it broke. */
export const unknownUnlessLast = (meets: BlockOptions['meets'], place: number, attacks: number): number | null =>
  meets === 'all' || place === attacks - 1 ? 0 : null;

function imagesOf({ x, y }: Batch, places: readonly number[]): Float32Array {
  const length = x.length / y.length;
  const images = new Float32Array(places.length * length);
  places.forEach((place, row) => {
    images.set(x.subarray(place * length, (place + 1) * length), row * length);
  });
  return images;
}

/** Lends some examples of a block as tensors; all that an attack gets to see. */
async function withExamples<T>(
  batch: Batch,
  places: readonly number[],
  body: (x: Tensor4D, y: Tensor1D, index: Float64Array) => Promise<T>,
): Promise<T> {
  const [x, y] = [imagesAt(batch, places), labelsAt(batch.y, places)];
  try {
    return await body(
      x,
      y,
      Float64Array.from(places, (place) => batch.index[place]),
    );
  } finally {
    x.dispose();
    y.dispose();
  }
}
