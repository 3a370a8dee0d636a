import { log, maximum, type Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { BlackBox, Bounds, Classifier } from './contracts';
import { checkOptions, checkValue, fn, integer, oneOf, type Rules, required } from './options';
import { checkBounds, pixelRules } from './pixels';

export interface FromFunctionOptions {
  /** Smallest and largest pixel. */
  bounds: Bounds;
  /** Number of classes, at least 2. */
  classes: number;
  /** The tensors that the function closes over and that stay constant while it is attacked. Default: none known. */
  weights?: () => Tensor[];
}

/** Below this a probability is taken for it: the logarithm stays finite. */
const tiny = 1e-30;

const rules: Rules = { bounds: pixelRules.bounds, classes: required(integer({ min: 2 })), weights: fn };

function checked(who: string, f: unknown, options: FromFunctionOptions): void {
  checkValue(who, 'f', f, required(fn));
  checkOptions(who, options, rules);
  checkBounds(who, options.bounds);
}

/**
 * A function from images `[n, height, width, channels]` to **logits** `[n, classes]` as a {@link Classifier}.
 *
 * It must be made of tfjs ops, for gradients; what they leave is tidied up. Probabilities are refused by name when
 * the classifier is first attacked or evaluated: wrap those with {@link fromProbabilities}.
 */
export function fromFunction(f: (x: Tensor4D) => Tensor2D, options: FromFunctionOptions): Classifier {
  checked('fromFunction', f, options);
  const { bounds, classes, weights } = options;
  return Object.assign((x: Tensor4D) => tidy(() => f(x)), { bounds, classes, ...(weights && { weights }) });
}

/**
 * A function from images to **probabilities** `[n, classes]` as a {@link Classifier}: its logits are their logarithms.
 *
 * Prefer the logits where they can be had: a probability that rounds to 0 or 1 has no gradient, and a robustness that
 * rests on that is none.
 */
export function fromProbabilities(f: (x: Tensor4D) => Tensor2D, options: FromFunctionOptions): Classifier {
  checked('fromProbabilities', f, options);
  return fromFunction((x) => log(maximum<Tensor2D>(f(x), tiny)), options);
}

export interface BlackBoxOptions {
  /** Smallest and largest pixel. */
  bounds: Bounds;
  /** Number of classes, at least 2. */
  classes: number;
  /** What the function returns: logits or probabilities `[n, classes]`, or labels `[n]`. */
  output: BlackBox['output'];
}

/** A function that answers asynchronously and without gradients (a service, a device) as a {@link BlackBox}. */
export function blackBox(f: (x: Tensor4D) => Promise<Tensor2D | Tensor1D>, options: BlackBoxOptions): BlackBox {
  checkValue('blackBox', 'f', f, required(fn));
  checkOptions('blackBox', options, {
    bounds: pixelRules.bounds,
    classes: rules.classes,
    output: required(oneOf('logits', 'probabilities', 'labels')),
  });
  checkBounds('blackBox', options.bounds);
  const { bounds, classes, output } = options;
  return Object.assign((x: Tensor4D) => f(x), { bounds, classes, output });
}

/** Whether a model answers asynchronously and gives no gradients. */
export function isBlackBox(f: Classifier | BlackBox): f is BlackBox {
  return 'output' in f;
}
