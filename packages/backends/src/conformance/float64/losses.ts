import { logSumExp, softmax } from './rows';
import { sigmoid, softplus } from './special-functions';

/** A loss of one example's logits, its gradient, and the size of the terms that either is a sum of, where they cancel. */
export interface Loss {
  value(z: readonly number[], label: number): number;
  gradient(z: readonly number[], label: number): readonly number[];
  terms?(z: readonly number[], label: number): number;
  gradientTerms(z: readonly number[], label: number): readonly number[];
}

const others = (z: readonly number[], label: number) =>
  z.map((each, k) => (k === label ? Number.NEGATIVE_INFINITY : each));
const excess = (z: readonly number[], label: number) => logSumExp(others(z, label)) - z[label];
const whether = (z: readonly number[], is: (k: number) => boolean) => z.map((_, k) => Number(is(k)));

/** -log softmax(z)_y as softplus(log sum_{k != y} e^{z_k} - z_y), which does not cancel. */
export const crossEntropy: Loss = {
  value: (z, label) => softplus(excess(z, label)),
  gradient(z, label) {
    const probability = sigmoid(excess(z, label));
    return softmax(others(z, label)).map((each, k) => probability * (k === label ? -1 : each));
  },
  // The slope of a log-sum-exp with respect to the largest is what the others leave of 1.
  gradientTerms(z, label) {
    const top = Math.max(...others(z, label));
    return whether(z, (k) => z[k] === top).map((is) => is * sigmoid(excess(z, label)));
  },
};

/** The same as -log softmax(z)_y, where the label's own part cancels: 1 - p_y, and log 1. */
export const logSoftmaxEntropy: Loss = {
  ...crossEntropy,
  terms: () => 1,
  gradientTerms: (z, label) => whether(z, (k) => k === label),
};

/** Largest, second, third: which classes they are. */
const ranks = (z: readonly number[]) => z.map((_, k) => k).sort((i, j) => z[j] - z[i] || i - j);

/** What stands above and below the line of the difference of logits ratio, as weights of the logits. */
export function ratioWeights(z: readonly number[], label: number): { up: number[]; spread: number[] } {
  const [first, second, third] = ranks(z);
  const rival = first === label ? second : first;
  const difference = (plus: number, minus: number) => z.map((_, k) => Number(k === plus) - Number(k === minus));
  return { up: difference(label, rival), spread: difference(first, third) };
}

const dot = (z: readonly number[], weights: readonly number[]) =>
  z.reduce((sum, each, k) => sum + each * weights[k], 0);
const parts = (z: readonly number[], label: number) => {
  const { up, spread } = ratioWeights(z, label);
  const scale = dot(z, spread) + 1e-12;
  return { up, spread, scale, ratio: -dot(z, up) / scale };
};

/** -(z_y - max_{k != y} z_k) / (z_(1) - z_(3) + 1e-12). */
export const logitsRatio: Loss = {
  value: (z, label) => parts(z, label).ratio,
  gradient(z, label) {
    const { up, spread, scale, ratio } = parts(z, label);
    return up.map((each, k) => -(each + ratio * spread[k]) / scale);
  },
  gradientTerms(z, label) {
    const { up, spread, scale, ratio } = parts(z, label);
    return up.map((each, k) => (Math.abs(each) + Math.abs(ratio * spread[k])) / scale);
  },
};
