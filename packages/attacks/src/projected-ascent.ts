import {
  type Bounds,
  type Classifier,
  checkOptions,
  ensureGradients,
  fn,
  integer,
  lossAndGradient,
  type NormName,
  number,
  oneOf,
  type Rules,
  type RunOptions,
  required,
  runRules,
  ShapeError,
  step,
} from '@agoge/core';
import { reshape, Tensor, type Tensor1D, type Tensor2D, type Tensor4D, tidy, where } from '@tensorflow/tfjs-core';
import { type AscentStepOptions, ascentStep, uniformStart } from './ascent/ascent-step';
import { checkIndex } from './index-of-examples';

/** Madry et al.'s lab: steps of `2.5 eps / steps` can reach every point of the ball from any other. */
export const madryStepSize = (eps: number, steps: number): number => (2.5 * eps) / steps;

export interface ProjectedAscentOptions extends RunOptions {
  /** Norm of the ball. Default `linf`. */
  norm?: NormName;
  /** Radius of the ball, in pixel units. */
  eps: number;
  /** Size of one step. Default `2.5 * eps / steps` (robustness library of Madry's lab). */
  stepSize?: number;
  /** Number of steps. */
  steps: number;
  /** `uniform` in the ball (default, Madry et al. 2018), `zero`: the clean image, or images to start from. */
  start?: 'uniform' | 'zero' | Tensor4D;
  /** Which examples make no step, from their logits `[n, classes]` before it, as `[n]` of true and false. Default: none. */
  stays?(logits: Tensor2D): Tensor1D;
  /** What pixels stay within. Default: the classifier's bounds. */
  bounds?: Bounds;
}

const startRule = {
  expected: 'one of "uniform", "zero" or a tensor of images',
  test: (value: unknown) => {
    if (value === 'uniform' || value === 'zero' || value instanceof Tensor) return 'ok' as const;
    return typeof value === 'string' ? ('range' as const) : ('kind' as const);
  },
};

const rules: Rules = {
  norm: oneOf('linf', 'l2', 'l1'),
  eps: required(number({ min: 0 })),
  stepSize: number({ min: 0 }),
  steps: required(integer({ min: 1 })),
  start: startRule,
  stays: fn,
  bounds: {
    expected: '[low, high] with low < high',
    test: (value) => {
      if (!Array.isArray(value) || value.length !== 2 || value.some((each) => typeof each !== 'number')) return 'kind';
      return value[0] < value[1] ? 'ok' : 'range';
    },
  },
  ...runRules,
};

/**
 * Projected steepest ascent of a loss in the images: the inner loop of adversarial training, and of PGD.
 *
 * `x <- P(x + m)` with `m` the steepest move of size `stepSize` that stays in the bounds and `P` the projection onto ball
 * and box. Every example makes every step (but for `stays`), the last images are returned, and nothing is read back: neither labels nor
 * NaN are looked for, and the weights are not held constant (they change between the steps of training).
 *
 * Madry et al., Towards deep learning models resistant to adversarial attacks (ICLR 2018).
 *
 * @param f the classifier, as it is to be differentiated (`trainable.classifier(modes.craft)`)
 * @param x clean images `[n, height, width, channels]`
 * @param loss from logits `[n, classes]` to what is ascended `[n]`
 * @returns images `[n, height, width, channels]`; the caller owns them
 * @throws TypeError, RangeError for options; BackendError without tfjs-layers; the signal's reason
 * @example
 * const adversarial = await projectedAscent(f, x, (logits) => crossEntropy(logits, y), { eps: 8 / 255, steps: 10 });
 */
export async function projectedAscent(
  f: Classifier,
  x: Tensor4D,
  loss: (logits: Tensor2D) => Tensor1D,
  options: ProjectedAscentOptions,
): Promise<Tensor4D> {
  const who = 'projectedAscent';
  checkOptions(who, options, rules);
  const { norm = 'linf', eps, steps, start = 'uniform', bounds = f.bounds, seed = 0, stays } = options;
  const { stepSize = madryStepSize(eps, steps) } = options;
  const index = checkIndex(who, options.index, x.shape[0]);
  const way: AscentStepOptions = { norm, eps, stepSize, bounds };
  await ensureGradients();
  let adversarial = startOf(who, x, start, way, { seed, index });
  try {
    for (let done = 0; done < steps; ) {
      let check = async () => {};
      const next = tidy(() => {
        const seen = lossAndGradient(f, adversarial, loss);
        check = seen.check;
        const moved = ascentStep(adversarial, x, seen.gradient, way);
        return stays ? where(reshape(stays(seen.logits), [-1, 1, 1, 1]), adversarial, moved) : moved;
      });
      adversarial.dispose();
      adversarial = next;
      await check();
      await step(options, { done: ++done, total: steps });
    }
    return adversarial;
  } catch (error) {
    adversarial.dispose();
    throw error;
  }
}

function startOf(
  who: string,
  x: Tensor4D,
  start: 'uniform' | 'zero' | Tensor4D,
  way: AscentStepOptions,
  key: { seed: number; index: Float64Array },
): Tensor4D {
  if (start === 'uniform') return uniformStart(x, way, { ...key, stream: 'pgd/start/0' });
  if (start === 'zero') return x.clone();
  if (start.shape.join() !== x.shape.join()) throw new ShapeError(who, 'start', `[${x.shape.join(', ')}]`, start.shape);
  return start.clone();
}
