import type { BackendChoice, BackendName } from '@agoge/backends';
import type { Bounds, ImageShape } from '@agoge/core';

/** What the page may ask of the worker: for each call what goes in, what comes out, and what is told on the way. */
export interface Calls {
  /** Starts a backend; the first call. */
  start: { input: { backend: BackendName }; output: Started; event: never };
  /** Opens a classifier under a name that later calls use; one that had it goes once this one is there. */
  open: { input: { name: string; source: ModelSource }; output: Opened; event: never };
  /** The test images that every classifier of digits is measured on. */
  digits: { input: Record<string, never>; output: Digits; event: never };
  classify: { input: Shown; output: Frame; event: never };
  attack: { input: AttackRequest; output: AttackOutcome; event: Frame };
  curve: { input: CurveRequest; output: { points: CurvePoint[]; seconds: number }; event: CurvePoint };
  shape: { input: ShapeRequest; output: Shape; event: never };
}
export type CallName = keyof Calls;

export type Started = Pick<BackendChoice, 'name' | 'why'>;

/** 8 x 8 grey levels from 0 to 1, and what they show. */
export interface Digits {
  images: Float32Array[];
  labels: Int32Array;
}

/** Where a model comes from: a folder of the app, or files or an address of the user's. */
export type ModelSource =
  | { from: 'app'; folder: string }
  | { from: 'files'; files: File[]; bounds: Bounds }
  | { from: 'url'; url: string; bounds: Bounds };

/** A classifier that the worker holds. */
export interface Opened {
  name: string;
  shape: ImageShape;
  classes: number;
  bounds: Bounds;
  weights: number;
  /** Accuracy on unattacked test images, where `agoge train` measured it. */
  clean?: number;
}

/** An image before a classifier; pixels from 0 to 1 in its shape, whatever its bounds are. */
export interface Shown {
  classifier: string;
  image: Float32Array;
}

/** What a classifier was shown at some step of an attack, and what it took it for. */
export interface Frame {
  step: number;
  image: Float32Array;
  probabilities: Float32Array;
}

/** An attack by its name in the registry, with its options as JSON in the units of the classifier's pixels. */
export interface AttackChoice {
  name: string;
  options: Record<string, unknown>;
}

export interface AttackRequest extends Shown {
  label: number;
  attack: AttackChoice;
  seed: number;
  /** The image's number in its data: the key of its noise. */
  index: number;
}

export interface AttackOutcome {
  last: Frame;
  broken: boolean;
  /** In the attack's norm, pixels from 0 to 1. */
  distance: number;
  forwards: number;
  backwards: number;
  seconds: number;
}

export interface CurveRequest {
  classifier: string;
  /** For each radius in turn, from small to large. */
  attacks: { eps: number; attack: AttackChoice }[];
  examples: number;
  seed: number;
}

export interface CurvePoint {
  eps: number;
  /** Fraction that is right and withstands. */
  accuracy: number;
}

export interface ShapeRequest {
  activation: string;
  parameters: Record<string, number>;
}

/** An activation as numbers to draw. */
export interface Shape {
  parameters: Record<string, number | string>;
  x: Float64Array;
  y: Float64Array;
  dydx: Float64Array;
  d2ydx2: Float64Array;
  /** The largest bend, and where; infinite at a kink. */
  curvature: { max: number; at: number };
  slope: { min: number; max: number };
  positiveOnNegatives: (readonly [number, number])[];
}

/** From the page. */
export type Request = { [Name in CallName]: { call: number; name: Name; input: Calls[Name]['input'] } }[CallName];
export type ToWorker = Request | { abort: number };

/** From the worker; every answer counts the tensors that there are after it. */
export type FromWorker =
  | { call: number; event: unknown }
  | { call: number; output: unknown; tensors: number }
  | { call: number; error: string; aborted: boolean; tensors: number };
