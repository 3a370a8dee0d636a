import type { Batch } from '@agoge/core';
import type { Verdict } from '../verdict';
import { crossEntropyOf, type Judgement } from './judge';
import type { Quantised } from './quantised';
import type { ExampleRecord, KeptImage } from './records';
import type { Totals } from './totals';

/** A block of examples after some of the attacks: all that it takes to go on with the others. */
export interface Block {
  /** Attacks that have been run. */
  done: number;
  shape: [n: number, height: number, width: number, channels: number];
  records: ExampleRecord[];
  /** One per attack that has been run. */
  attacks: Totals[];
  /** The attacks that broke each example, by their places in the list. */
  breakers: number[][];
  /** Clean images of so many examples, from the first, as are kept. */
  clean: Float32Array;
  /** Of these, or of all where they are saved: the image that broke it, else the strongest found. */
  strongest: Float32Array;
  /** In place of what is saved, where 8 bits were asked for; once all attacks have been run. */
  quantised?: Quantised;
}

/** Of the images that are kept, all that there is to show. */
export function keptImages({ clean, strongest, records, shape: [, height, width, channels] }: Block): KeptImage[] {
  const length = height * width * channels;
  return Array.from({ length: clean.length / length }, (_, i) => {
    const { index, label, prediction, adversarialPrediction, brokenBy } = records[i];
    const [from, to] = [i * length, (i + 1) * length];
    return {
      ...{ index, label, prediction, adversarialPrediction, attack: brokenBy },
      shape: [height, width, channels],
      clean: clean.slice(from, to),
      adversarial: strongest.slice(from, to),
    };
  });
}

/** Writes down what an attack came to. */
export function enter(
  { records, breakers, strongest }: Block,
  { place, name }: { place: number; name: string },
  met: readonly number[],
  { images, broken, distance, prediction, margin, loss, refuted, outside }: Judgement,
  summary: Totals,
): void {
  const length = images.length / met.length;
  summary.refuted = refuted;
  summary.outside = outside;
  met.forEach((i, row) => {
    const record = records[i];
    const isFirst = broken[row] && record.brokenBy === null;
    summary.broken += Number(broken[row]);
    summary.newlyBroken += Number(isFirst);
    if (broken[row]) breakers[i].push(place);
    if (isFirst) {
      record.brokenBy = name;
      record.distance = distance[row];
    } else if (record.brokenBy !== null || margin[row] >= record.margin || prediction[row] !== record.label) return;
    record.margin = margin[row];
    record.loss = loss[row];
    record.adversarialPrediction = prediction[row];
    if (i * length < strongest.length) strongest.set(images.subarray(row * length, (row + 1) * length), i * length);
  });
  if (summary.unique !== null) summary.unique = summary.newlyBroken;
}

/** The block before any attack: its clean verdict. */
export function beginBlock(
  batch: Batch,
  { prediction, margin, logits }: Verdict,
  { keep, images }: { keep: number; images: 'none' | 'float32' | 'uint8' },
): Block {
  const everybody = [...batch.y.keys()];
  const classes = logits.length / everybody.length;
  const length = batch.x.length / everybody.length;
  const clean = batch.x.slice(0, Math.min(keep, everybody.length) * length);
  const records = everybody.map((i): ExampleRecord => {
    const correct = prediction[i] === batch.y[i];
    return {
      index: batch.index[i],
      label: batch.y[i],
      prediction: prediction[i],
      correct,
      brokenBy: null,
      adversarialPrediction: prediction[i],
      cleanMargin: margin[i],
      distance: correct ? null : 0,
      margin: margin[i],
      loss: crossEntropyOf(logits.subarray(i * classes, (i + 1) * classes), batch.y[i]),
      forwards: 1,
      backwards: 0,
    };
  });
  return {
    ...{ done: 0, shape: batch.shape, records, attacks: [], clean },
    breakers: everybody.map(() => []),
    strongest: images === 'none' ? clean.slice() : batch.x.slice(),
  };
}
