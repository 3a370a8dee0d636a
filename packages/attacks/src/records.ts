import type { Attack } from '@agoge/core';

/** What the attacks of a run did to one example. */
export interface ExampleRecord {
  /** Absolute number of the example. */
  index: number;
  label: number;
  /** Class of the clean image. */
  prediction: number;
  /** Whether the clean image is classified as its label. */
  correct: boolean;
  /** The attack that broke it; null for the robust, and for those that need none. */
  brokenBy: string | null;
  /** Logit of the label less the largest other, on the clean image. */
  cleanMargin: number;
  /** Size of the perturbation that broke it, in that attack's norm: 0 where none is needed, null where none was found. */
  distance: number | null;
  /** The smallest margin that any attack found. */
  margin: number;
  /** Passes spent on it, the clean one included. */
  forwards: number;
  backwards: number;
}

/**
 * Whether an example withstood: correct on the clean image, and broken by no attack of the run. Robust accuracy is the share
 * of records that are.
 */
export const isRobust = ({ correct, brokenBy }: Pick<ExampleRecord, 'correct' | 'brokenBy'>): boolean =>
  correct && brokenBy === null;

/** What one attack of a run did to the examples that were left to it. */
export interface AttackSummary {
  name: string;
  norm: Attack['norm'];
  needs: Attack['needs'];
  options: Attack['options'];
  attempted: number;
  broken: number;
  /** Passes spent, over all examples. */
  forwards: number;
  backwards: number;
  /** Examples of which it saw, at some step, a gradient of exactly 0: a sign that gradients are masked. */
  zeroGradients: number;
  seconds: number;
}

/** An example with its images, for showing. */
export interface KeptImage {
  index: number;
  label: number;
  prediction: number;
  adversarialPrediction: number;
  /** The attack that broke it, or null: then `adversarial` is the strongest found. */
  attack: string | null;
  shape: [height: number, width: number, channels: number];
  clean: Float32Array;
  adversarial: Float32Array;
}
