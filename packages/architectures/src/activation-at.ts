import { type ActivationOption, type ActivationSite, refusal, said, show } from '@agoge/core';
import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';

/** Names of activations that every tfjs has; `silu` is the field's name of what tfjs calls `swish`. */
const stock: Record<string, string> = Object.assign(
  Object.fromEntries(
    ['relu', 'relu6', 'elu', 'selu', 'gelu', 'mish', 'swish', 'softplus', 'softsign', 'tanh', 'sigmoid', 'linear'].map(
      (name) => [name, name],
    ),
  ),
  { silu: 'swish' },
);

const isLayer = (value: unknown): value is layers.Layer =>
  typeof value === 'object' && value !== null && 'apply' in value && 'getClassName' in value && 'name' in value;

/** What makes the layer of a site, from what the user gave. */
function layerMaker(who: string, option: ActivationOption): (site: ActivationSite) => layers.Layer {
  if (typeof option === 'function') return option;
  if (typeof option === 'string') {
    if (!Object.hasOwn(stock, option)) {
      const known = `known: ${Object.keys(stock).join(', ')}`;
      const advice = 'for others give a layer, such as those of @agoge/activations';
      throw said(new TypeError(`${who}: unknown activation ${show(option)} (${known}); ${advice}`));
    }
    return ({ name }) => layers.activation({ activation: stock[option] as 'relu', name });
  }
  if (isLayer(option)) return () => option;
  throw said(new TypeError(refusal(who, 'activation', 'a name, a layer or a function from site to layer', option)));
}

/**
 * Puts activations into a network, one site after another.
 *
 * @param who the architecture, for errors
 * @param option a tfjs name, one layer for all sites, or a function from site to layer
 * @returns from a tensor, the name of its site and its stage, the activated tensor
 */
export function activationAt(
  who: string,
  option: ActivationOption,
): (x: SymbolicTensor, name: string, stage: number) => SymbolicTensor {
  const make = layerMaker(who, option);
  const used = new Map<string, layers.Layer>();
  let index = 0;
  return (x, name, stage) => {
    const site = { name, channels: Number(x.shape[x.shape.length - 1]), stage, index: index++ };
    const layer: unknown = make(site);
    if (!isLayer(layer)) throw said(new TypeError(refusal(who, `activation at ${show(name)}`, 'a layer', layer)));
    if ((used.get(layer.name) ?? layer) !== layer) {
      const advice = 'give each its own name, such as the name of its site';
      throw said(new TypeError(`${who}: two activation layers are named ${show(layer.name)}: ${advice}`));
    }
    const y = layer.apply(x) as SymbolicTensor;
    // tfjs counts a use of a layer for each place where it stands, a model gives back one: else a shared layer outlived it.
    if (used.has(layer.name)) layer.dispose();
    used.set(layer.name, layer);
    return y;
  };
}
