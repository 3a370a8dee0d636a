import { flatNetwork, ModelError, show } from '@agoge/core';
import type { Variable } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable, layers } from '@tensorflow/tfjs-layers';
import { floatWeights } from '../float-weights';
import { flattenedMaps } from './flattened-maps';
import { convolution, depthwise, features, type Layout, type LayoutOf, linear, outputs } from './layout';
import { hasLearnedScalars } from './learned-scalars';

/** A weight of a model as PyTorch knows it. */
export interface StateEntry {
  /** PyTorch's: `layer1.0.bn1.running_mean`. */
  name: string;
  /** Ours: `layer1.0.bn1/running_mean`. */
  weight: string;
  variable: Variable;
  layout: Layout;
}

type Parameters = Readonly<Record<string, readonly [name: string, layout: LayoutOf]>>;

const convolutional: Parameters = { kernel: ['weight', convolution], bias: ['bias', outputs] };

/** What PyTorch calls the weights of a layer and how it lays them, by the layer's class. */
const parameters: Readonly<Record<string, Parameters>> = {
  Conv2D: convolutional,
  AgogeGroupedConv2D: convolutional,
  DepthwiseConv2D: { depthwise_kernel: ['weight', depthwise], bias: ['bias', outputs] },
  Dense: { kernel: ['weight', linear], bias: ['bias', outputs] },
  BatchNormalization: {
    gamma: ['weight', features],
    beta: ['bias', features],
    moving_mean: ['running_mean', features],
    moving_variance: ['running_var', features],
  },
  AgogeBatchNormalization: Object.fromEntries(
    ['weight', 'bias', 'running_mean', 'running_var'].map((name) => [name, [name, features]]),
  ),
};

const nameWithin = ({ name }: layers.Layer, { originalName }: LayerVariable) =>
  originalName.startsWith(`${name}/`) ? originalName.slice(name.length + 1) : originalName;

function parameterOf(who: string, layer: layers.Layer, name: string): readonly [string, LayoutOf] {
  const className = layer.getClassName();
  const { dataFormat } = layer as layers.Layer & { dataFormat?: string };
  const known = Object.hasOwn(parameters, className) ? parameters[className] : {};
  if (hasLearnedScalars(layer)) return [name, features];
  if (Object.hasOwn(known, name) && dataFormat !== 'channelsFirst') return known[name];
  const what = dataFormat === 'channelsFirst' ? `${className} with channels first` : className;
  throw new ModelError(
    who,
    `layer ${show(layer.name)} is a ${what}, whose weight ${name} has no known form in PyTorch`,
  );
}

/**
 * The weights of a model in the order of its layers, with PyTorch's names and layouts; counters have none.
 *
 * A module is called as the layer; if only one layer is an activation with learned scalars it is `activation`, as PAF's code
 * calls the one that it shares.
 *
 * @throws ModelError for a layer that has weights and no twin in PyTorch, or two layers of the same name
 */
export function stateEntries(who: string, model: LayersModel): StateEntry[] {
  const network = flatNetwork(model);
  const maps = flattenedMaps(who, network);
  const all = [...new Set(network.uses.map(({ layer }) => layer))];
  const activations = all.filter((layer) => hasLearnedScalars(layer) && layer.weights.length > 0);
  const moduleOf = (layer: layers.Layer) =>
    activations.length === 1 && layer === activations[0] ? 'activation' : layer.name;

  const entries = all.flatMap((layer) =>
    floatWeights(layer.weights).map((weight): StateEntry => {
      const [name, layoutOf] = parameterOf(who, layer, nameWithin(layer, weight));
      const layout = layoutOf(weight.shape as number[], maps.get(layer));
      const variable = weight.read() as Variable;
      return { name: `${moduleOf(layer)}.${name}`, weight: weight.originalName, variable, layout };
    }),
  );
  const names = new Set<string>();
  for (const { name } of entries) {
    if (names.has(name)) throw new ModelError(who, `two layers have a weight ${show(name)}: give them other names`);
    names.add(name);
  }
  return entries;
}
