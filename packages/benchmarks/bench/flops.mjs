// Floating-point operations of the cases, by their layers' shapes: a multiplication and an addition are two. Pure.
import { flatNetwork, multiplyAdds } from '@agoge/core';

/** 2 * height * width * filters of what comes out * elements of one filter, per image. */
export const convolutionFlops = ([height, width, filters], [rows, columns, inputs]) =>
  2 * height * width * filters * rows * columns * inputs;

/** For `[n, k]` by `[k, m]`. */
export const productFlops = (n, k, m) => 2 * n * k * m;

/** What one image costs in each of a model's layers that cost something, in the order in which they compute. */
export function layerFlops(model) {
  return flatNetwork(model)
    .uses.map((use) => 2 * multiplyAdds(use))
    .filter((flops) => flops > 0);
}

/**
 * What a step needs, from what its layers cost forward: an input gradient takes as much again in every layer; a training step
 * takes a filter gradient in every layer and an input gradient in all but the first.
 */
export function stepFlops(row, layers, batch) {
  const forward = batch * layers.reduce((total, each) => total + each, 0);
  if (row === 'forward') return forward;
  return row === 'training step' ? 3 * forward - batch * layers[0] : 2 * forward;
}
