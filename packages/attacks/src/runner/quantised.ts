import type { Attack, Batch, BlackBox, Bounds, Classifier } from '@agoge/core';
import { verdictOn } from '../verdict';
import { ballOf, liesIn, type RunThreat } from './judge';
import type { ExampleRecord } from './records';

/** Images of 8 bits, and of each whether it still breaks its example. */
export interface Quantised {
  /** `round(255 (x - low) / (high - low))`. */
  pixels: Uint8Array;
  /** 1 = misclassified, and inside the ball, still; 0 for all that were not broken before. */
  survived: Uint8Array;
}

interface Found {
  records: readonly ExampleRecord[];
  /** The attacks that broke each example, by their places in the list. */
  breakers: readonly (readonly number[])[];
  strongest: Float32Array;
}

/** Pixels as 8 bits have them, as float32. */
const fromBytes = (pixels: Uint8Array, [low, high]: Bounds): Float32Array =>
  Float32Array.from(pixels, (byte) => low + (byte / 255) * (high - low));

/**
 * Rounds the images of a block to 8 bits, and looks at each that breaks its example once more: rounding moves a pixel by up
 * to half a grey level, which may undo the attack or leave its ball.
 */
export async function quantised(
  who: string,
  f: Classifier | BlackBox,
  { x, y, shape }: Batch,
  { records, breakers, strongest }: Found,
  attacks: readonly Attack[],
  threat: RunThreat | undefined,
): Promise<Quantised> {
  const [low, high] = f.bounds;
  const pixels = Uint8Array.from(strongest, (pixel) => Math.round((255 * (pixel - low)) / (high - low)));
  const survived = new Uint8Array(records.length);
  const broken = [...records.keys()].filter((i) => records[i].brokenBy !== null);
  if (broken.length === 0) return { pixels, survived };
  const rounded = fromBytes(pixels, f.bounds);
  const labels = broken.map((i) => y[i]);
  const { prediction } = await verdictOn(who, f, { x: rounded, shape }, broken, labels);
  const length = x.length / y.length;
  const imageOf = (all: Float32Array, i: number) => all.subarray(i * length, (i + 1) * length);
  broken.forEach((i, row) => {
    const limits = [ballOf(attacks[breakers[i][0]]), threat];
    const isInside = limits.every((each) => !each || liesIn(each, imageOf(rounded, i), imageOf(x, i), f.bounds));
    survived[i] = Number(isInside && prediction[row] !== y[i]);
    records[i].forwards++;
  });
  return { pixels, survived };
}
