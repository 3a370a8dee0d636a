import {
  add,
  argMax,
  cast,
  customGrad,
  div,
  expandDims,
  type GradSaveFunc,
  greater,
  logSumExp,
  mul,
  neg,
  oneHot,
  sigmoid,
  softmax,
  softplus,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  where,
} from '@tensorflow/tfjs-core';

/** Lower than any logit: takes a class out of a maximum or a softmax. */
const excluded = -1e38;

/**
 * A loss from its values `[n]` and its gradient in the logits `[n, classes]`, both in closed form: tfjs would send the
 * whole gradient of a maximum to every tied entry, and has none for an argmax.
 */
function closedForm(logits: Tensor2D, evaluate: (z: Tensor2D) => { value: Tensor1D; gradient: Tensor2D }): Tensor1D {
  const loss = customGrad((...given: (Tensor | GradSaveFunc)[]) => {
    const { value, gradient } = evaluate(given[0] as Tensor2D);
    (given[1] as GradSaveFunc)([gradient]);
    return { value, gradFunc: (dy: Tensor, [slope]: Tensor[]) => mul(expandDims(dy, 1), slope) };
  });
  return loss(logits) as Tensor1D;
}

const hot = (y: Tensor, classes: number) => cast(oneHot(cast(y, 'int32'), classes), 'float32') as Tensor2D;
const largest = (z: Tensor2D) => hot(argMax(z, 1), z.shape[1]);
const without = (z: Tensor2D, gone: Tensor2D): Tensor2D => where(greater(gone, 0), excluded, z);
const dot = (z: Tensor2D, weights: Tensor) => sum<Tensor1D>(mul(z, weights), 1);

/**
 * Cross entropy, `-log softmax(z)_y`, as `softplus(log sum_{k != y} e^{z_k} - z_y)`.
 *
 * In this form neither the loss nor the gradient of a confident example rounds to 0 (`1 - p_y` would, from about 17 logits
 * of margin), so that attacks keep their direction there.
 *
 * @param logits `[n, classes]`
 * @param y labels `[n]`
 * @returns `[n]`, >= 0
 */
export function crossEntropy(logits: Tensor2D, y: Tensor1D): Tensor1D {
  return closedForm(logits, (z) => {
    const label = hot(y, z.shape[1]);
    const others = without(z, label);
    const excess = sub<Tensor1D>(logSumExp(others, 1), dot(z, label));
    const gradient = mul<Tensor2D>(expandDims(sigmoid(excess), 1), sub(softmax(others), label));
    return { value: softplus(excess), gradient };
  });
}

/**
 * The logit of the label less the largest other, `z_y - max_{k != y} z_k`: negative where misclassified.
 *
 * Of several largest others the first takes the gradient.
 *
 * @param logits `[n, classes]`
 * @param y labels `[n]`
 * @returns `[n]`
 */
export function margin(logits: Tensor2D, y: Tensor1D): Tensor1D {
  return closedForm(logits, (z) => {
    const label = hot(y, z.shape[1]);
    const gradient = sub<Tensor2D>(label, largest(without(z, label)));
    return { value: dot(z, gradient), gradient };
  });
}

/** `-(up . z) / (spread . z + 1e-12)`, for weights that are constant where the order of the logits is. */
function ratio(z: Tensor2D, up: Tensor, spread: Tensor): { value: Tensor1D; gradient: Tensor2D } {
  const scale = add<Tensor1D>(dot(z, spread), 1e-12);
  const value = neg(div<Tensor1D>(dot(z, up), scale));
  const gradient = neg(div<Tensor2D>(add(up, mul(expandDims(value, 1), spread)), expandDims(scale, 1)));
  return { value, gradient };
}

/** One-hot rows of the 1st, 2nd, ... largest logits, ties in order of the classes. */
function ranked(z: Tensor2D, ranks: number): Tensor2D[] {
  const found: Tensor2D[] = [];
  for (let rest = z; found.length < ranks; rest = without(rest, found[found.length - 1])) found.push(largest(rest));
  return found;
}

/**
 * Difference of logits ratio, `-(z_y - max_{k != y} z_k) / (z_(1) - z_(3) + 1e-12)`, where `z_(i)` is the i-th largest:
 * unlike the cross entropy it does not change when the logits are scaled or shifted. Needs 3 classes.
 *
 * Croce and Hein, Reliable evaluation of adversarial robustness (ICML 2020), §4.1.
 *
 * @param logits `[n, classes]`
 * @param y labels `[n]`
 * @returns `[n]`: positive where misclassified
 */
export function dlr(logits: Tensor2D, y: Tensor1D): Tensor1D {
  return closedForm(logits, (z) => {
    const label = hot(y, z.shape[1]);
    const [first, , third] = ranked(z, 3);
    return ratio(z, sub(label, largest(without(z, label))), sub(first, third));
  });
}

/**
 * Targeted difference of logits ratio, `-(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2 + 1e-12)`. Needs 4 classes.
 *
 * Croce and Hein, Reliable evaluation of adversarial robustness (ICML 2020), §4.2.
 *
 * @param logits `[n, classes]`
 * @param y labels `[n]`
 * @param targets labels wanted `[n]`
 * @returns `[n]`: positive where the target's logit is above the label's
 */
export function dlrTargeted(logits: Tensor2D, y: Tensor1D, targets: Tensor1D): Tensor1D {
  return closedForm(logits, (z) => {
    const [first, , third, fourth] = ranked(z, 4);
    const up = sub(hot(y, z.shape[1]), hot(targets, z.shape[1]));
    return ratio(z, up, sub(first, mul(add(third, fourth), 0.5)));
  });
}

/**
 * How far a class is ahead of the label, `z_k - z_y`, for `k` the class of the label's `rank`th rival (0: the largest other
 * logit): positive on its side of the boundary between the two.
 *
 * @param logits `[n, classes]`
 * @param y labels `[n]`
 * @returns `[n]`
 */
export function rivalLead(logits: Tensor2D, y: Tensor1D, rank: number): Tensor1D {
  return closedForm(logits, (z) => {
    const label = hot(y, z.shape[1]);
    const rivals = ranked(without(z, label), rank + 1);
    const gradient = sub<Tensor2D>(rivals[rank], label);
    return { value: dot(z, gradient), gradient };
  });
}

/** As {@link rivalLead}, of classes given `[n]`. */
export function lead(logits: Tensor2D, y: Tensor1D, of: Tensor1D): Tensor1D {
  return closedForm(logits, (z) => {
    const gradient = sub<Tensor2D>(hot(of, z.shape[1]), hot(y, z.shape[1]));
    return { value: dot(z, gradient), gradient };
  });
}
