import {
  type ActivationOption,
  type ActivationSite,
  arrayOf,
  checkOptions,
  checkValue,
  type FlatNetwork,
  flatNetwork,
  fn,
  lookUp,
  ModelError,
  object,
  refusal,
  required,
  said,
  show,
  string,
} from '@agoge/core';
import { rebuildNetwork } from '@agoge/core/layers';
import { type LayersModel, layers } from '@tensorflow/tfjs-layers';
import { activationClasses, activationOf, type FoundActivation, namesWithin, stockActivations } from './activation-of';
import { withActivations } from './with-activations';

const who = 'replaceActivations';

export interface ReplaceActivationsOptions {
  /**
   * What is replaced: tfjs's names (`relu6`), which stand for strings on layers, `Activation` layers and layers that do the
   * same (`ReLU` with a `maxValue` of 6), or classes of layers (`LeakyReLU`, `AgogePSSiLU`). Default `['relu']`.
   */
  which?: readonly string[];
  /** Layers whose activation stays, by name. Default none. */
  keep?: readonly string[];
}

/**
 * Rebuilds a model with another activation; its other weights are kept.
 *
 * A layer that is an activation is replaced; a layer that ends with one becomes linear, and the activation follows it: `conv`
 * with `activation: 'relu'` is then `conv` and `conv_activation`. What was one layer stays one, wherever it is used, but has an
 * activation for each number of channels that it meets. A softmax stays unless `which` names it.
 *
 * The model given is not changed and shares nothing with the new one: all its layers are made again from their config, as
 * `loadLayersModel` would, classes of your own without being registered (what their `getConfig` leaves out is lost). Names
 * of layers and weights, regularisers, what is frozen and metadata are kept; optimiser and loss are not, so `compile` again.
 * Models within the model are opened, so that the result is flat: tfjs cannot load a layer that stands within and without.
 * Two layers of the same name in it get a number.
 *
 * The {@link ActivationSite} of a function: `name`, that of the layer replaced or `conv_activation`; `channels`, the last
 * axis; `stage`, the layers with strides (convolutions, pooling) on the longest way from the inputs; `index`, in the order
 * of the network. (`architectures` counts a stem of its own as stage 0.)
 *
 * @param model any `tf.LayersModel`: sequential or functional, with shared layers, models within, many inputs and outputs
 * @param activation a tfjs name (or `silu`), one layer for all places, or a function from site to layer, which names each
 *   layer differently, such as by its site
 * @returns the new model, of the given one's name; yours to dispose
 * @throws TypeError for an argument of the wrong kind, an unknown name, layers of equal names; ModelError if nothing is there to be
 *   replaced, or an activation to be replaced stands within a layer (the cell of an LSTM): `keep` leaves that layer as it is
 *
 * @example
 * const smooth = replaceActivations(model, new PSSiLU());
 * smooth.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
 */
export function replaceActivations(
  model: LayersModel,
  activation: ActivationOption,
  options: ReplaceActivationsOptions = {},
): LayersModel {
  checkOptions(who, options, { which: arrayOf(string), keep: arrayOf(string) });
  checkValue(who, 'model', model, required(object));
  if (!Array.isArray(model.layers) || !Array.isArray(model.outputs)) {
    throw said(new TypeError(refusal(who, 'model', 'a tf.LayersModel', model)));
  }
  if (model.outputs.length === 0) throw new ModelError(who, 'model has no layers, or its first no inputShape');
  const network = flatNetwork(model);
  const replaced = chosen(network, options);
  return rebuildNetwork(who, model, withActivations(who, network, replaced, layerMaker(activation)));
}

/** The layers whose activation is replaced. */
function chosen({ uses }: FlatNetwork, options: ReplaceActivationsOptions): Map<layers.Layer, FoundActivation> {
  const { which = ['relu'], keep = [] } = options;
  const all = [...new Set(uses.map(({ layer }) => layer))];
  const found = new Map<layers.Layer, FoundActivation>();
  for (const layer of all) {
    const activation = activationOf(layer);
    if (activation) found.set(layer, activation);
  }
  const names = [...found.values()].flatMap((each) => each.names);
  const known = { ...stockActivations, ...activationClasses, ...Object.fromEntries(names.map((name) => [name, name])) };
  for (const name of which) lookUp(who, 'activation in which', name, known);
  for (const name of keep) lookUp(who, 'layer in keep', name, Object.fromEntries(all.map((each) => [each.name, each])));

  const asked = new Set(which.map((name) => stockActivations[name] ?? name));
  const isAsked = (name: string) => asked.has(name);
  for (const layer of all) {
    if (found.has(layer) || keep.includes(layer.name)) continue;
    const within = namesWithin(layer.getConfig()).find(isAsked);
    if (within) {
      const advice = `keep: [${show(layer.name)}] leaves it as it is`;
      throw new ModelError(
        who,
        `layer ${show(layer.name)} has ${within} within it, where it cannot be replaced; ${advice}`,
      );
    }
  }
  const replaced = [...found].filter(([layer, each]) => each.names.some(isAsked) && !keep.includes(layer.name));
  if (replaced.length === 0) {
    const others = [...new Set(names)].join(', ') || 'no activation';
    throw new ModelError(
      who,
      `model has no ${which.join(', ') || 'activation named by which'} to replace; it has ${others}`,
    );
  }
  return new Map(replaced);
}

/** What gives the layer of a site. */
function layerMaker(option: ActivationOption): (site: ActivationSite) => layers.Layer {
  if (typeof option === 'string') {
    if (!Object.hasOwn(stockActivations, option)) {
      const known = `known: ${Object.keys(stockActivations).join(', ')}`;
      const advice = 'for others give a layer, such as those of this package';
      throw said(new TypeError(`${who}: unknown activation ${show(option)} (${known}); ${advice}`));
    }
    const activation = stockActivations[option];
    return ({ name }) => layers.activation({ activation: activation as 'relu', name });
  }
  if (option instanceof layers.Layer) return () => option;
  checkValue(who, 'activation', option, {
    ...required(fn),
    expected: 'a name, a layer or a function from site to layer',
  });
  return (site) => {
    const layer: unknown = option(site);
    if (layer instanceof layers.Layer) return layer;
    throw said(new TypeError(refusal(who, `activation at ${show(site.name)}`, 'a layer', layer)));
  };
}
