import type { PassKind } from '../step-parts';
import type { Changes } from './recorded-changes';

/** What a worker builds its model from. */
export interface WorkerStart {
  /** A file URL. */
  module: string;
  /** The function's name. */
  export: string;
  options: unknown;
  /** The name of the function that makes the objective from its options; `null`: the registry's of that name. */
  objective: string | null;
  /** From 0, of so many. */
  number: number;
  count: number;
}

/** What must be the same for two models to be copies of one another: `name [shape] dtype`. */
export interface ModelForm {
  parameters: string[];
  buffers: string[];
}

/** What a worker says once its model stands. */
export interface Ready extends ModelForm {
  backend: string;
  /** Of tfjs-core. */
  version: string;
}

export interface NamedOptions {
  name: string;
  options: Readonly<Record<string, unknown>>;
}

/** A batch in memory that threads share, and the noise of its examples. */
export interface SharedBatch {
  x: Float32Array;
  shape: [n: number, height: number, width: number, channels: number];
  y: Int32Array;
  index: Float64Array;
  target?: Float32Array;
  /** The rows of what the objective advances. */
  perturbation?: Float32Array;
  seed: number;
  microBatch: number;
}

/** Memory of a model's values: the trained weights first, then the floating-point buffers. */
export interface SharedModel {
  values: Float32Array;
  /** Another number for other values. */
  version: number;
  /** Of the integer buffers. */
  counters: number[];
}

/** What a worker is asked to do. */
export interface Requests {
  /** Makes the objective of the steps to come; the worker's gradients will lie in `gradient`. */
  prepare: { objective: NamedOptions; gradient: Float32Array };
  craft: { batch: SharedBatch; model: SharedModel };
  pass: { part: number; kind: PassKind; model: SharedModel };
  adversarial: { part: number };
  release: Record<never, never>;
}

/** One pass over a part; its gradients lie in the worker's shared memory. */
export interface PassReply {
  loss: number;
  correct: number;
  /** Of each parameter, whether it has a gradient. */
  present: boolean[];
  /** What the pass did to the floating-point buffers. */
  changes: Changes;
  /** Of the integer buffers, after it. */
  counters: number[];
  /** The perturbation of the part's next step. */
  advanced?: Float32Array;
}

export interface Replies {
  prepare: NamedOptions;
  craft: null;
  pass: PassReply;
  adversarial: Float32Array;
  release: null;
}

/** An error as it travels between threads. */
export interface SentError {
  name: string;
  message: string;
  stack: string;
  /** Whether it speaks to the user. */
  said: boolean;
  /** Of the batch, where the error is of one. */
  part?: number;
}

export type RequestKind = keyof Requests;
export type ToWorker = { [K in RequestKind]: { kind: K; request: Requests[K] } }[RequestKind] | { kind: 'abort' };
export type FromWorker = { ready: Ready } | { reply: Replies[RequestKind] } | { error: SentError };
