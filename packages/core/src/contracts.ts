import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';

// --- the model ----------------------------------------------------------------------------------

/** Travels to every layer as tfjs call kwargs (`model.apply(x, mode)`), so that nothing global is switched. */
export interface ForwardMode {
  /** Dropout and the like. */
  training: boolean;
  /** Batch normalisation: running statistics; the batch's, running ones left alone; the batch's, running ones updated. */
  statistics: 'running' | 'batch' | 'batch-and-update';
  /** Why the pass is made; layers with a gradient of their own for attackers or optimisers read it. */
  phase: 'evaluate' | 'craft' | 'update';
  /** tfjs's `Kwargs`. */
  [key: string]: unknown;
}

/** Pixel bounds `[low, high]` of a classifier's images. */
export type Bounds = readonly [low: number, high: number];

/**
 * Images `[n, height, width, channels]` in, logits `[n, classes]` out. Synchronous, differentiable by tfjs's tape,
 * always the same for the same image.
 */
export interface Classifier {
  (x: Tensor4D): Tensor2D;
  readonly classes: number;
  readonly bounds: Bounds;
  /** Constant while an attack runs: what a backend's `freeze` may bake in. */
  weights?(): Tensor[];
}

/** A classifier without gradients: an HTTP service, an ONNX session, a device. */
export interface BlackBox {
  (x: Tensor4D): Promise<Tensor2D | Tensor1D>;
  readonly classes: number;
  readonly bounds: Bounds;
  readonly output: 'logits' | 'probabilities' | 'labels';
}

export interface TrainableWeight {
  /** tfjs's `LayerVariable.originalName`: the same for the same network built twice. */
  name: string;
  variable: Variable;
  /** Whether weight decay applies. */
  decay: boolean;
  /** The gradient's norm is clipped to this, if given. */
  clipNorm?: number;
}

/** A model whose weights a trainer may change. */
export interface Trainable {
  readonly classes: number;
  readonly bounds: Bounds;
  forward(x: Tensor4D, mode: ForwardMode): Tensor2D;
  /** The classifier that attacks get while crafting; reads the weights as they are when it is called. */
  classifier(mode: ForwardMode): Classifier;
  parameters(): TrainableWeight[];
  /** Running statistics: kept in checkpoints, not trained. */
  buffers(): { name: string; variable: Variable }[];
  /** Sum of the regularisers, each ONCE (tfjs's `calculateLosses` counts a shared layer once per use). */
  penalty(): Scalar;
}

/** Duck-typed on a layer and collected by `fromLayersModel`. Keys: weight names as given to `addWeight`. */
export interface TrainingHints {
  trainingHints?(): Record<string, { decay?: boolean; clipNorm?: number }>;
}

// --- activations in architectures ---------------------------------------------------------------

/** Where in a network an activation stands. */
export interface ActivationSite {
  name: string;
  channels: number;
  stage: number;
  index: number;
}
/** A tfjs name, one layer shared by the whole network, or a layer per site. */
export type ActivationOption = string | layers.Layer | ((site: ActivationSite) => layers.Layer);

/** Shape of one image. */
export type ImageShape = readonly [height: number, width: number, channels: number];

// --- data ---------------------------------------------------------------------------------------

export interface Batch {
  x: Float32Array;
  shape: [n: number, height: number, width: number, channels: number];
  /** Hard labels; of the larger part after CutMix or MixUp. */
  y: Int32Array;
  /** `n x classes`, where labels are soft. */
  target?: Float32Array;
  /** Absolute example numbers: the keys of all noise. */
  index: Float64Array;
  /** 1 = synthetic or pseudo-labelled. */
  extra?: Uint8Array;
}

export interface BatchesOptions {
  batchSize: number;
  /** With a seed the order is a permutation keyed by (seed, epoch); without, the absolute order. */
  seed?: number;
  epoch?: number;
  /** Skips this many examples of the order: a resumed epoch starts here. */
  from?: number;
  /**
   * What the caller promises: to be done with a batch once this many further ones are asked for, so that its arrays may be
   * written over then. Unless given, every batch is the caller's for good. Data may take no notice.
   */
  holds?: number;
  signal?: AbortSignal;
}

export interface Batches {
  readonly examples: number;
  readonly classes: number;
  readonly bounds: Bounds;
  readonly shape: ImageShape;
  /** Of images, labels and their order: results name the data they were measured on. */
  readonly hash: string;
  batches(options: BatchesOptions): AsyncIterable<Batch>;
}

// --- attacks ------------------------------------------------------------------------------------

export interface Progress {
  done: number;
  total: number;
  note?: string;
  /** Estimated, by loops that can. */
  secondsLeft?: number;
}

/** What a loop is run with: the keys of its noise, and its reins. */
export interface Run {
  seed: number;
  /** Absolute numbers of the examples, one each. */
  index: Float64Array;
  signal?: AbortSignal;
  onProgress?(progress: Progress): void;
}
/** {@link Run} as a user gives it: seed 0 and examples numbered from 0 unless said. */
export type RunOptions = Partial<Run>;

export interface Attack {
  readonly name: string;
  /** As JSON: what a result file records, and what makes the same attack again. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly needs: 'gradient' | 'scores' | 'labels';
  readonly norm: 'linf' | 'l2' | 'l1' | 'l0' | 'none';
  run(f: Classifier | BlackBox, x: Tensor4D, y: Tensor1D, run: Run): Promise<AttackResult>;
}

/** The caller owns `x`; the arrays have one entry per example. */
export interface AttackResult {
  /** `[n, height, width, channels]`: the adversarial image where broken, else the strongest found. */
  x: Tensor4D;
  /** 1 = misclassified (or, targeted, classified as the target). */
  broken: Uint8Array;
  /** Size of the perturbation in the attack's norm. */
  distance: Float32Array;
  /** Logit of the label less the largest other, at `x`. */
  margin: Float32Array;
  forwards: Int32Array;
  backwards: Int32Array;
  /** Steps that saw a gradient of exactly 0, where the attack uses gradients: a sign that they are masked. */
  zeroGradients?: Int32Array;
}

// --- objectives (adv-train) ---------------------------------------------------------------------

/** What images are crafted with. */
export interface CraftingRun extends Run {
  /** Of an objective that says how to `advance` it: as `x`, and 0 at first. */
  perturbation?: Tensor4D;
}

export interface Objective {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  perturb(model: Trainable, x: Tensor4D, y: Tensor1D, run: CraftingRun): Promise<Tensor4D>;
  loss(model: Trainable, x: Tensor4D, adversarial: Tensor4D, target: Tensor2D, y: Tensor1D): Scalar;
  /** Steps on each batch, one after another. Default 1. */
  replays?: number;
  /**
   * Free AT: the perturbation of the next step from that of this one. The trainer keeps it, by the place in the batch, from step
   * to step and from batch to batch. The caller owns the result.
   *
   * @param gradient of the loss in the adversarial images, from the pass that the gradient in the weights is from
   */
  advance?(x: Tensor4D, perturbation: Tensor4D, gradient: Tensor4D, bounds: Bounds): Tensor4D;
}

// --- storage and backends -----------------------------------------------------------------------

/** Named bytes: `memoryStore`, `fileStore` (`@agoge/core/node`), `indexedDbStore` (`@agoge/core/browser`). */
export interface Store {
  get(name: string): Promise<Uint8Array | undefined>;
  /** Atomic: a reader sees the old bytes or the new. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  list(prefix: string): Promise<string[]>;
  remove(name: string): Promise<void>;
}

/** Looked for on `tf.backend()`, never imported. */
export interface BackendHooks {
  flush?(): Promise<void>;
  freeze?(tensors: readonly Tensor[]): () => void;
  /** Whether a program is compiled for each shape that it meets, so that batches had better come in few sizes. */
  readonly compiles?: boolean;
}
