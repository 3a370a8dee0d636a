import type { Setup } from './setup';

/** What the page asks of the worker. `pause` and `abort` take effect at the next step of an attack. */
export type Order = { do: 'open' } | { do: 'begin'; setup: Setup } | { do: 'goOn' } | { do: 'pause' } | { do: 'abort' };

/** What is known after so many steps. */
export interface Point {
  step: number;
  /** Of the batch before the step. */
  loss?: number;
  /** Accuracies on test images, as fractions. */
  clean?: number;
  robust?: number;
}

/** A run that the browser keeps. */
export interface KeptRun {
  setup: Setup;
  /** The backend that it runs on: another has other last digits. */
  backend: string;
  /** Of the whole run, once it has made one. */
  steps?: number;
  points: Point[];
}

/** Images as a batch had them, one after another. */
export interface TrainedOn {
  height: number;
  width: number;
  clean: Float32Array;
  adversarial: Float32Array;
  labels: Int32Array;
  /** What the network sees in the adversarial ones. */
  seen: Int32Array;
}

/** A model's files, and what is to be known of it. */
export interface FinishedModel {
  files: { name: string; type: string; bytes: Uint8Array<ArrayBuffer> }[];
  /** Of `model.safetensors`. */
  sha256: string;
  /** Whether `model.json` loads where our packages are not. */
  isStock: boolean;
  /** What its activation has learned. */
  learned: { name: string; value: number }[];
}

/** What the worker tells. `tensors`: how many it holds, while no run is on. */
export type Report =
  | { is: 'idle'; backend: string; tensors: number; kept?: KeptRun; finished?: FinishedModel }
  | { is: 'running'; run: KeptRun }
  | { is: 'progress'; step: number; steps: number; secondsLeft: number }
  | { is: 'point'; point: Point }
  | { is: 'images'; images: TrainedOn }
  | { is: 'warning'; message: string }
  | { is: 'failed'; message: string };
