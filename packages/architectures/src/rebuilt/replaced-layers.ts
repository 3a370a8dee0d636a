import { flatNetwork, type LayerOutput, type LayerUse } from '@agoge/core';
import { copyLayer, rebuildNetwork, uniqueNames } from '@agoge/core/layers';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel, layers, Shape } from '@tensorflow/tfjs-layers';

type Layer = layers.Layer;

/** What stands in a layer's place. */
export interface Replacement {
  /** New layers, one after another; none where the layer just goes. */
  layers: Layer[];
  /** Of the last of them, in its order; tensors of one's own. Default none. */
  weights?(): Tensor[];
}

/**
 * A model with some layers replaced: all others are copied, weights and all, models within it are opened.
 *
 * @param replace called once for each layer, with all places where it stands and the name that the new one gets; undefined: copied
 * @returns the new model; yours to dispose
 * @throws what `replace`, tfjs or a layer throws
 */
export function replacedLayers(
  who: string,
  model: LayersModel,
  replace: (layer: Layer, uses: readonly LayerUse[], name: string) => Replacement | undefined,
): LayersModel {
  const network = flatNetwork(model);
  const usesOf = new Map<Layer, LayerUse[]>();
  for (const use of network.uses) usesOf.set(use.layer, [...(usesOf.get(use.layer) ?? []), use]);

  const free = uniqueNames();
  const copies = new Map<Layer, Layer>();
  const replacements = new Map<Layer, Replacement>();
  for (const [layer, uses] of usesOf) {
    const name = free(layer.name);
    const replacement = replace(layer, uses, name);
    if (replacement) replacements.set(layer, replacement);
    else copies.set(layer, copyNamed(layer, name));
  }

  const now = new Map<LayerUse, LayerOutput>();
  const moved = ({ use, index }: LayerOutput): LayerOutput => {
    const to = now.get(use);
    return to ? { ...to, index: to.index + index } : { use, index };
  };
  for (const use of network.uses) {
    const chain = replacements.get(use.layer)?.layers ?? [copies.get(use.layer) ?? use.layer];
    now.set(use, applied(chain, { ...use, inputs: use.inputs.map(moved) }));
  }
  const plan = {
    inputs: network.inputs.map((use) => moved({ use, index: 0 }).use),
    outputs: network.outputs.map(moved),
  };
  try {
    const result = rebuildNetwork(who, model, { ...plan, copies });
    for (const [layer, { layers: chain, weights }] of replacements) {
      for (const each of chain) each.trainable = layer.trainable;
      if (weights) tidy(() => chain[chain.length - 1].setWeights(weights()));
    }
    return result;
  } catch (error) {
    for (const { layers: chain } of replacements.values()) {
      for (const weight of chain.flatMap((each) => each.weights)) weight.dispose();
    }
    throw error;
  }
}

const copyNamed = (layer: Layer, name: string) =>
  copyLayer(layer, (config) => {
    config.name = name;
  });

/** What comes out of a use if a chain of layers stands in its layer's place. */
function applied(chain: readonly Layer[], use: LayerUse): LayerOutput {
  let last: LayerUse = use;
  let inputs = use.inputs;
  chain.forEach((layer, i) => {
    const isLast = i === chain.length - 1;
    const before = inputs[0]?.use.shape ?? use.shape;
    const shape = isLast ? use.shape : (layer.computeOutputShape(before) as Shape);
    last = { layer, inputs, kwargs: i === 0 ? use.kwargs : {}, shape };
    inputs = [{ use: last, index: 0 }];
  });
  return chain.length === 0 ? inputs[0] : { use: last, index: 0 };
}
