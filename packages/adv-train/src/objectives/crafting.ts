import { madryStepSize } from '@agoge/attacks';
import {
  arrayOf,
  boolean,
  checkOptions,
  type ForwardMode,
  integer,
  modes,
  type NormName,
  normal,
  norms,
  nullable,
  number,
  type Objective,
  oneOf,
  perExample,
  type Rules,
  type Run,
  refusal,
  required,
  said,
  type Trainable,
  words,
} from '@agoge/core';
import { add, clipByValue, mul, type Tensor4D, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { ascend, climbsFromClean } from './ascend';

/** How an objective finds its adversarial images: projected ascent in a ball. */
export interface CraftingOptions {
  /** Norm of the ball. Default `linf`. */
  norm?: NormName;
  /** Radius of the ball in pixel units. No default: it is the threat that the model is trained against. */
  eps: number;
  /** Steps of the ascent. Default 10 (Rice et al. 2020, TRADES, AT-AWP, PAF); Madry et al. 2018: 7. */
  steps?: number;
  /**
   * Size of one step. Default `2.5 eps / steps` (robustness library of Madry's lab), with 10 steps eps / 4: the 2/255 for
   * 8/255 of Rice et al. and AT-AWP, PAF's 0.0078 for 0.031. TRADES: 0.007 for 0.031. With Adam its learning rate, default 0.1
   * (Gowal et al. 2020).
   */
  stepSize?: number;
  /** What a step is: the `steepest` in the norm, or `adam`'s (Gowal et al. 2020). Default `steepest`. */
  moves?: 'steepest' | 'adam';
  /** Steps after which Adam's rate falls to a tenth. Default `[5]` (Gowal et al. 2020, of 10 steps); none with `steepest`. */
  drops?: readonly number[];
  /**
   * What is climbed: the cross entropy, the divergence from the clean prediction, its squared distance from it, or the margin of the
   * best wrong class.
   */
  climbs?: 'crossEntropy' | 'divergence' | 'squaredError' | 'margin';
  /** `uniform` in the ball, `gaussian`: 0.001 N(0, 1) away, or `zero`: the clean image. */
  start?: 'uniform' | 'gaussian' | 'zero';
  /** Whether the first gradient is taken within the bounds. TRADES, MART and PAF: no; Rice et al., fast AT on CIFAR-10: yes. */
  clipStart?: boolean;
  /**
   * Share of what goes forward together that starts from the clean image instead. Default 0; SAT: 0.2. Keyed by the first
   * example.
   */
  cleanShare?: number;
  /**
   * Batch normalisation while images are crafted: `running` statistics (TRADES, MART, PAF, Pang et al. 2021), or the
   * `batch`'s, running ones left alone (Gowal et al. 2020; Rice et al., AT-AWP and fast AT use the batch's too). Default
   * `running`.
   */
  statistics?: 'running' | 'batch';
  /**
   * Friendly training: an example stops after so many more steps than it takes to be misclassified. Default `null`: none stops
   * early. Zhang et al. 2020: 0 at first, up to 3 in the end.
   */
  tau?: number | null;
}

const rules: Rules = {
  norm: oneOf('linf', 'l2', 'l1'),
  eps: required(number({ min: 0 })),
  steps: integer({ min: 1 }),
  stepSize: number({ min: 0 }),
  moves: oneOf('steepest', 'adam'),
  drops: arrayOf(integer({ min: 1 })),
  climbs: oneOf('crossEntropy', 'divergence', 'squaredError', 'margin'),
  start: oneOf('uniform', 'gaussian', 'zero'),
  clipStart: boolean,
  cleanShare: number({ min: 0, max: 1 }),
  statistics: oneOf('running', 'batch'),
  tau: nullable(integer({ min: 0 })),
};

/** The mode of the classifier that images are crafted with. */
const craftMode = (statistics: 'running' | 'batch'): ForwardMode => ({ ...modes.craft, statistics });

/** Standard deviation of the Gaussian start: at the image itself the divergence has no gradient. */
const startDeviation = 0.001;

/** Adam's rate of the first steps (Gowal et al. 2020), whatever the ball: what leaves it is projected. */
const adamRate = 0.1;

/** Options in force, and the images that they make. */
export interface Crafting {
  options: Required<CraftingOptions>;
  perturb: Objective['perturb'];
}

/**
 * Checks an objective's options and fills in what the ascent was not told.
 *
 * @param more rules of the objective's other options
 * @param usual defaults of the objective's source, where they differ from those of {@link CraftingOptions}
 */
export function crafting(
  who: string,
  options: CraftingOptions,
  more: Rules,
  usual: Partial<CraftingOptions> = {},
): Crafting {
  checkOptions(who, options, { ...rules, ...more });
  const given = { ...usual, ...options };
  const { norm = 'linf', eps, steps = 10, moves = 'steepest', climbs = 'crossEntropy' } = given;
  const { stepSize = moves === 'adam' ? adamRate : madryStepSize(eps, steps) } = given;
  const { drops = moves === 'adam' ? [5] : [] } = given;
  const { start = 'uniform', clipStart = true, cleanShare = 0, statistics = 'running', tau = null } = given;
  if (moves === 'steepest' && drops.length > 0) {
    throw said(new RangeError(refusal(who, 'drops', 'none without moves "adam"', drops)));
  }
  if (climbsFromClean(climbs) && (start === 'zero' || cleanShare > 0)) {
    const [what, value] = start === 'zero' ? ['start', start] : ['cleanShare', cleanShare];
    const wanted = 'away from the clean image, where what is climbed has no gradient';
    throw said(new RangeError(refusal(who, what, wanted, value)));
  }
  const steepness = { norm, eps, steps, stepSize, moves, drops: [...drops], climbs };
  const filled = { ...steepness, start, clipStart, cleanShare, statistics, tau };
  return {
    options: filled,
    async perturb(model, x, y, run) {
      const first = startOf(model, x, filled, run);
      try {
        return await ascend(model.classifier(craftMode(statistics)), x, y, first, filled, run);
      } finally {
        first.dispose();
      }
    },
  };
}

/** The images that an ascent starts from; without `clipStart` they may lie outside the bounds. */
function startOf({ bounds }: Trainable, x: Tensor4D, options: Required<CraftingOptions>, run: Run): Tensor4D {
  const { norm, eps, start, clipStart, cleanShare } = options;
  const { seed, index } = run;
  const [word] = words({ seed, index: index[0], stream: 'craft/clean' }, 1);
  if (start === 'zero' || word < cleanShare * 2 ** 32) return x.clone();
  const [, ...item] = x.shape;
  const key = { seed, index, stream: `craft/${start}` };
  return tidy(() => {
    const noise =
      start === 'uniform'
        ? norms[norm].sample(eps, item, key)
        : mul<Tensor4D>(tensor4d(perExample(normal, key, index, x.size / x.shape[0]), x.shape), startDeviation);
    const moved = add<Tensor4D>(x, noise);
    return clipStart ? clipByValue(moved, bounds[0], bounds[1]) : moved;
  });
}
