/** From one input to another, both among them; a point has both ends the same. */
export type Interval = readonly [from: number, to: number];

/** What an activation nears far out: the line `slope * x + intercept`. */
export interface ShapeEnd {
  /** The limit of `f`, or an infinity. */
  value: number;
  /** The limit of `f'`. */
  slope: number;
  /** The limit of `f(x) - slope * x`: infinite where no line is neared, as for SmoothReLU, which falls behind by a logarithm. */
  intercept: number;
}

/** The least upper bound of `|f''|`. */
export interface Curvature {
  /** Infinite where the slope jumps, as ReLU's does. */
  max: number;
  at: number;
  /** From which side of `at` it is neared: from one only where `f''` jumps, as ELU's does. */
  side: 'left' | 'right' | 'both';
}

/** The features of a shape that have a closed form, or are searched for. */
export interface ShapeFeatures {
  ends: { left: ShapeEnd; right: ShapeEnd };
  /** Where `f = 0`, from left to right. */
  zeros: Interval[];
  /** Where `f > 0` although `x < 0`, from left to right. */
  positiveOnNegatives: Interval[];
  curvature: Curvature;
  /** The greatest lower and the least upper bound of `f'`. */
  slope: { min: number; max: number };
}

/** `f`, `f'` and `f''` at points. */
export interface ShapeSeries {
  x: Float64Array;
  y: Float64Array;
  dydx: Float64Array;
  d2ydx2: Float64Array;
}

/** Whether a formula says it, in float64, or a search over values did. */
export type ShapeMethod = 'closed' | 'numeric';

/** An activation's shape as plain data: {@link analyseShape}. */
export interface ActivationShape extends ShapeFeatures {
  /** What gives the activation its shape, learned or fixed, as it acts: `|alpha|`. */
  parameters: Record<string, number | string>;
  /** Whether `f` never falls, or never rises. */
  monotone: boolean;
  series: ShapeSeries;
  /** How each of these came about. */
  method: Record<keyof ShapeFeatures | 'series', ShapeMethod>;
}

/** `f`, `f'` and `f''` at one input. */
export type Jet = readonly [value: number, slope: number, curvature: number];

/** `f`, `f'` and `f''` at many inputs at once. */
export type Sampler = (x: Float64Array) => Promise<Omit<ShapeSeries, 'x'>>;

/** An activation in float64: its values, and those of its features that have a closed form. */
export interface ClosedShape extends Partial<ShapeFeatures> {
  jet(x: number): Jet;
}

/** The end of an activation whose slope nears `slope`; `side` is -1 or 1. */
export function endOf(side: -1 | 1, slope: number, intercept: number): ShapeEnd {
  // Adding 0 makes a zero of -0.
  return { value: slope === 0 ? intercept + 0 : side * slope * Infinity, slope: slope + 0, intercept: intercept + 0 };
}
