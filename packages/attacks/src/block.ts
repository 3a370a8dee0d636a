import {
  type Attack,
  type AttackResult,
  type Batch,
  type Classifier,
  checkExamples,
  type Progress,
  type Run,
  step,
} from '@agoge/core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { type AttackSummary, type ExampleRecord, isRobust, type KeptImage } from './records';
import { type Images, imagesAt, labelsAt } from './rows';
import { verdictOn } from './verdict';

/** What one attack did to one block. */
type BlockSummary = Pick<
  AttackSummary,
  'attempted' | 'broken' | 'forwards' | 'backwards' | 'zeroGradients' | 'seconds'
>;

export interface BlockResult {
  records: ExampleRecord[];
  /** One per attack. */
  attacks: BlockSummary[];
  images: KeptImage[];
}

export interface BlockOptions extends Pick<Run, 'seed' | 'signal'> {
  /** Images of so many examples of the block, from the first, are kept. */
  keep: number;
  /** Told `done` of `total`: evaluations of the attack that runs; `attack` is its place in the list. */
  onProgress?(attack: number, progress: Progress): void;
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

/**
 * Runs attacks on one block of consecutive examples: the unit of work, whose records depend on nothing else.
 *
 * Each attack starts from the clean images of the examples that are correct and not broken yet.
 */
export async function runBlock(
  who: string,
  f: Classifier,
  batch: Batch,
  attacks: readonly Attack[],
  { seed, signal, keep, onProgress }: BlockOptions,
): Promise<BlockResult> {
  const everybody = [...batch.y.keys()];
  await withExamples(batch, everybody, (x, y) => checkExamples(who, f, x, y));
  const clean = await verdictOn(who, f, batch, everybody, batch.y);
  await step({ signal });
  const records = everybody.map((i): ExampleRecord => {
    const correct = clean.prediction[i] === batch.y[i];
    return {
      index: batch.index[i],
      label: batch.y[i],
      prediction: clean.prediction[i],
      correct,
      brokenBy: null,
      cleanMargin: clean.margin[i],
      distance: correct ? null : 0,
      margin: clean.margin[i],
      forwards: 1,
      backwards: 0,
    };
  });
  const length = batch.x.length / everybody.length;
  const strongest = batch.x.slice(0, Math.min(keep, everybody.length) * length);

  const summaries: BlockSummary[] = [];
  for (const [place, attack] of attacks.entries()) {
    const left = everybody.filter((i) => isRobust(records[i]));
    const summary = { attempted: left.length, broken: 0, forwards: 0, backwards: 0, zeroGradients: 0, seconds: 0 };
    summaries.push(summary);
    if (left.length === 0) continue;
    const began = performance.now();
    const run = { seed, signal, onProgress: (progress: Progress) => onProgress?.(place, progress) };
    const result = await withExamples(batch, left, (x, y, index) => attack.run(f, x, y, { ...run, index }));
    try {
      await keepImages(result, left, records, strongest, length);
    } finally {
      result.x.dispose();
    }
    left.forEach((i, row) => {
      const record = records[i];
      record.forwards += result.forwards[row];
      record.backwards += result.backwards[row];
      record.margin = Math.min(record.margin, result.margin[row]);
      summary.forwards += result.forwards[row];
      summary.backwards += result.backwards[row];
      summary.zeroGradients += Number((result.zeroGradients?.[row] ?? 0) > 0);
      if (!result.broken[row]) return;
      record.brokenBy = attack.name;
      record.distance = result.distance[row];
      summary.broken++;
    });
    summary.seconds = (performance.now() - began) / 1000;
  }
  return { records, attacks: summaries, images: await imagesOf(who, f, batch, records, strongest) };
}

/** Takes the images that an attack found, where they are wanted and stronger than those before. */
async function keepImages(
  { x, margin, broken }: AttackResult,
  left: readonly number[],
  records: readonly ExampleRecord[],
  strongest: Float32Array,
  length: number,
): Promise<void> {
  const wanted = left.map((i, row) => [i, row]).filter(([i]) => i * length < strongest.length);
  if (wanted.length === 0) return;
  const images = await x.data();
  for (const [i, row] of wanted) {
    if (!broken[row] && margin[row] >= records[i].margin) continue;
    strongest.set(images.subarray(row * length, (row + 1) * length), i * length);
  }
}

async function imagesOf(
  who: string,
  f: Classifier,
  batch: Batch,
  records: readonly ExampleRecord[],
  strongest: Float32Array,
): Promise<KeptImage[]> {
  if (strongest.length === 0) return [];
  const [, height, width, channels] = batch.shape;
  const length = height * width * channels;
  const places = [...Array(strongest.length / length).keys()];
  const found: Images = { x: strongest, shape: [places.length, height, width, channels] };
  const { prediction } = await verdictOn(who, f, found, places, batch.y.subarray(0, places.length));
  return places.map((i) => ({
    index: records[i].index,
    label: records[i].label,
    prediction: records[i].prediction,
    adversarialPrediction: prediction[i],
    attack: records[i].brokenBy,
    shape: [height, width, channels],
    clean: batch.x.slice(i * length, (i + 1) * length),
    adversarial: strongest.slice(i * length, (i + 1) * length),
  }));
}
