import { flatNetwork, type LayerUse } from '@agoge/core';
import { copyLayer } from '@agoge/core/layers';
import { add, mul, reshape, rsqrt, sub, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { type Replacement, replacedLayers } from './replaced-layers';

type Layer = layers.Layer;

const convolutions = new Set(['Conv2D', 'DepthwiseConv2D', 'AgogeGroupedConv2D', 'Dense']);
const normalisations = new Set(['AgogeBatchNormalization', 'BatchNormalization']);

/** Whether all that a layer does is linear, so that a scale behind it can be within it. */
function isLinear(layer: Layer): boolean {
  const { activation = 'linear', dataFormat } = layer.getConfig();
  return convolutions.has(layer.getClassName()) && activation === 'linear' && dataFormat !== 'channelsFirst';
}

/** Whether a normalisation has all four of its weights and is over the last axis. */
function isWhole(layer: Layer): boolean {
  const { axis = -1 } = layer.getConfig();
  const [{ shape }] = layer.inboundNodes[0].outputTensors;
  return layer.weights.length === 4 && (axis === -1 || axis === shape.length - 1);
}

/** The normalisations that can be folded into the layer before them, by that layer. */
function foldable(model: LayersModel): Map<Layer, Layer> {
  const { uses, outputs } = flatNetwork(model);
  const readers = new Map<LayerUse, number>();
  for (const { use } of [...uses.flatMap(({ inputs }) => inputs), ...outputs]) {
    readers.set(use, (readers.get(use) ?? 0) + 1);
  }
  const times = new Map<Layer, number>();
  for (const { layer } of uses) times.set(layer, (times.get(layer) ?? 0) + 1);
  const isOnce = (layer: Layer) => times.get(layer) === 1;

  const found = new Map<Layer, Layer>();
  for (const { layer, inputs } of uses) {
    if (!normalisations.has(layer.getClassName()) || !isOnce(layer) || !isWhole(layer)) continue;
    const [{ use: from }] = inputs;
    if (isLinear(from.layer) && isOnce(from.layer) && readers.get(from) === 1) found.set(from.layer, layer);
  }
  return found;
}

/** A convolution that does what it and a normalisation behind it did: kernel times r, bias (b - mean) r + offset, r = weight / sqrt(variance + epsilon). */
function folded(layer: Layer, normalisation: Layer, name: string): Replacement {
  const copy = copyLayer(layer, (config) => {
    Object.assign(config, { name, useBias: true });
  });
  const weights = () => {
    const [scale, offset, mean, variance] = normalisation.getWeights();
    const [kernel, bias = zerosLike(offset)] = layer.getWeights();
    const r = mul(scale, rsqrt(add(variance, Number(normalisation.getConfig().epsilon))));
    const perOutput = layer.getClassName() === 'DepthwiseConv2D' ? reshape(r, kernel.shape.slice(2)) : r;
    return [mul(kernel, perOutput), add(mul(sub(bias, mean), r), offset)] as Tensor[];
  };
  return { layers: [copy], weights };
}

/**
 * An equal model for evaluation and attacks, whose batch normalisations are within the convolutions before them.
 *
 * Folded is what normalises, by its running statistics, the output of a convolution or linear layer that nothing else reads; other
 * normalisations (before an activation in networks of pre-activation blocks, after a sum) stay. Logits and gradients to images
 * are those of the given model but for rounding. What is folded cannot be trained as it was: all layers of the new model are
 * frozen, and it does not follow the given one's weights.
 *
 * It gains where every normalisation follows a convolution and the backend runs what it is given (wasm); within `frozen` the
 * onnx backend has folded already, and little is left. `node bench/fold.mjs` of `@agoge/benchmarks` measures both.
 *
 * @param model any `tf.LayersModel`; it is not changed
 * @returns the new model, of as many layers less as there were normalisations to fold; yours to dispose
 * @example
 * const f = fromLayersModel(foldBatchNorm(model), { bounds: [0, 1] });
 */
export function foldBatchNorm(model: LayersModel): LayersModel {
  const pairs = foldable(model);
  const gone = new Set(pairs.values());
  const result = replacedLayers('foldBatchNorm', model, (layer, _, name) => {
    const normalisation = pairs.get(layer);
    if (normalisation) return folded(layer, normalisation, name);
    return gone.has(layer) ? { layers: [] } : undefined;
  });
  for (const layer of result.layers) layer.trainable = false;
  return result;
}
