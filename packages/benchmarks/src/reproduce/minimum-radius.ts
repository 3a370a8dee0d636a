import { crossEntropy } from '@agoge/attacks';
import {
  type Classifier,
  checkOptions,
  checkValue,
  step as endStep,
  ensureGradients,
  fn,
  integer,
  lossAndGradient,
  number,
  type RunOptions,
  required,
  runRules,
} from '@agoge/core';
import {
  add,
  argMax,
  clipByValue,
  maximum,
  minimum,
  mul,
  sign,
  sub,
  type Tensor1D,
  type Tensor4D,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';

export interface MinimumRadiusOptions extends Pick<RunOptions, 'signal'> {
  /** Where the search begins; radii up to twice as much are found. Default 0.05 (PAF's code). */
  from?: number;
  /** Steps of PGD in each round, from the clean image. Default 4 (PAF's code). */
  steps?: number;
  /** Of the first round; halved for each after it. Default 0.0078 (PAF's code). */
  stepSize?: number;
  /** Halvings. Default 20: the radius is then known to 1e-7 of a pixel, as in PAF's code. */
  rounds?: number;
}

/**
 * The smallest linf perturbation that PGD finds to change what a model says of each image, by halving: PAF's measure of how a network that was
 * trained without attacks withstands them.
 *
 * A round makes PGD steps of one size within the radius, from the clean image; the radius then grows, where the image is still
 * classified as before, or falls, by half of what it last moved, and the step size is halved. So a round reaches no further than `steps` of its own
 * steps, and what it finds is what PAF's search finds: not the least perturbation, which stronger attacks would show to be smaller.
 *
 * Dai, Mahloujifar, Mittal, Parameterizing activation functions for adversarial robustness (2021), by its code.
 *
 * @param f the classifier
 * @param x images `[n, height, width, channels]`
 * @param y labels `[n]`
 * @returns the radius of each image; NaN of one that is misclassified as it is
 * @throws TypeError, RangeError for options; the signal's reason
 */
export async function minimumRadius(
  f: Classifier,
  x: Tensor4D,
  y: Tensor1D,
  options: MinimumRadiusOptions = {},
): Promise<Float32Array> {
  const who = 'minimumRadius';
  checkValue(who, 'f', f, required(fn));
  checkOptions(who, options, {
    from: number({ above: 0 }),
    steps: integer({ min: 1 }),
    stepSize: number({ above: 0 }),
    rounds: integer({ min: 1 }),
    signal: runRules.signal,
  });
  const { from = 0.05, steps = 4, stepSize = 0.0078, rounds = 20, signal } = options;
  await ensureGradients();
  const labels = await y.data();
  const right = async (images: Tensor4D) => {
    const said = tidy(() => argMax(f(images), 1));
    const classes = await said.data();
    said.dispose();
    return [...labels].map((label, i) => classes[i] === label);
  };
  const first = await right(x);
  const radius = Float64Array.from(first, (isRight) => (isRight ? from : NaN));
  for (let round = 0; round < rounds; round++) {
    const found = await searched(f, x, y, { radius, steps, stepSize: stepSize / 2 ** round });
    const held = await right(found);
    found.dispose();
    const half = from / 2 ** (round + 1);
    held.forEach((isRight, i) => {
      radius[i] += isRight ? half : -half;
    });
    await endStep({ signal }, { done: round + 1, total: rounds });
  }
  return Float32Array.from(radius);
}

/** PGD from the clean images, each within a radius of its own; of images without one anything. */
async function searched(
  f: Classifier,
  x: Tensor4D,
  y: Tensor1D,
  { radius, steps, stepSize }: { radius: Float64Array; steps: number; stepSize: number },
): Promise<Tensor4D> {
  const [low, high] = f.bounds;
  const radii = tensor(
    [...radius].map((each) => each || 0),
    [radius.length, 1, 1, 1],
  );
  const [floor, ceiling] = tidy(() => [clipByValue(sub(x, radii), low, high), clipByValue(add(x, radii), low, high)]);
  radii.dispose();
  let at = x.clone();
  for (let done = 0; done < steps; done++) {
    let check = async () => {};
    const next = tidy(() => {
      const seen = lossAndGradient(f, at, (logits) => crossEntropy(logits, y));
      check = seen.check;
      const moved = add(at, mul(sign(seen.gradient), stepSize));
      return minimum(maximum(moved, floor), ceiling) as Tensor4D;
    });
    at.dispose();
    at = next;
    await check();
  }
  floor.dispose();
  ceiling.dispose();
  return at;
}
