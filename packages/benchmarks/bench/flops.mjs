// Floating-point operations of the cases, by their layers' shapes: a multiplication and an addition are two. Pure.

/** 2 * height * width * filters of what comes out * elements of one filter, per image. */
export const convolutionFlops = ([height, width, filters], [rows, columns, inputs]) =>
  2 * height * width * filters * rows * columns * inputs;

/** For `[n, k]` by `[k, m]`. */
export const productFlops = (n, k, m) => 2 * n * k * m;

/**
 * What one image costs in each of a network's convolutions and linear layers, in the order of the layers; what else there is
 * (normalisation, activation, pooling) is not counted.
 *
 * @param layers of a `tf.LayersModel`, read for their class, output shape and first weight
 */
export function layerFlops(layers) {
  return layers.flatMap((layer) => {
    const [kernel] = layer.weights.map(({ shape }) => shape);
    const kind = layer.getClassName();
    if (kind === 'Conv2D') return convolutionFlops(layer.outputShape.slice(1), kernel);
    return kind === 'Dense' ? productFlops(1, ...kernel) : [];
  });
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
