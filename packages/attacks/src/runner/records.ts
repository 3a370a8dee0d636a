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
  /** The first attack that broke it; null for the robust, and for those that need none. */
  brokenBy: string | null;
  /** Class of the image that broke it, else of the strongest found. */
  adversarialPrediction: number;
  /** Logit of the label less the largest other, on the clean image. */
  cleanMargin: number;
  /**
   * Size of the perturbation that broke it, in that attack's norm (in l2 where it has none), as the runner measures it: 0 where
   * none is needed, null where none was found.
   */
  distance: number | null;
  /** Margin of the image that broke it, else the smallest that any attack found. */
  margin: number;
  /** Cross entropy of the same image. */
  loss: number;
  /** Passes (of a black box: queries) spent on it: the clean one, those of the attacks, and a last look after each. */
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
  /** Examples that it met. */
  attempted: number;
  /** Of those, broken. */
  broken: number;
  /** Of those, broken by none before it. */
  newlyBroken: number;
  /** Of those, broken by no other; null where others did not meet them. */
  unique: number | null;
  /** Images that it took for broken and that are classified as their label: they do not count. */
  refuted: number;
  /** Images that are misclassified but lie outside the threat of the run: they do not count. */
  outside: number;
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
