import { type FlatNetwork, type LayerUse, ModelError, show } from '@agoge/core';
import type { layers } from '@tensorflow/tfjs-layers';
import { floatWeights } from '../float-weights';
import type { FlattenedMap } from './layout';
import { hasLearnedScalars } from './learned-scalars';

/** What the features at some place are in: the order of a flattened map, an order that nobody knows, or no order to speak of. */
type Order = FlattenedMap | 'unknown' | undefined;

/** Layers of tfjs that give each number another value and leave it where it is. */
const inPlace = new Set([
  ...['Activation', 'ReLU', 'LeakyReLU', 'PReLU', 'ELU', 'ThresholdedReLU', 'Softmax', 'BatchNormalization'],
  ...[
    'AgogeBatchNormalization',
    'AgogeDropout',
    'Dropout',
    'GaussianNoise',
    'GaussianDropout',
    'AlphaDropout',
    'Masking',
  ],
  ...['Add', 'Average', 'Maximum', 'Minimum', 'Multiply'],
]);
const isInPlace = (layer: layers.Layer) => inPlace.has(layer.getClassName()) || hasLearnedScalars(layer);

const same = (a: Order, b: Order) =>
  a === b || (typeof a === 'object' && typeof b === 'object' && a.height === b.height && a.width === b.width);

function flattened({ inputs: [from], shape }: LayerUse): Order {
  const [, height, width, channels] = from.use.shape;
  if (shape.length !== 2 || from.use.shape.length !== 4) return 'unknown';
  if (channels === 1 || (height === 1 && width === 1)) return undefined;
  return { height: Number(height), width: Number(width), channels: Number(channels) };
}

function orderAfter(use: LayerUse, before: readonly Order[]): Order {
  const name = use.layer.getClassName();
  if (name === 'Flatten' || (name === 'Reshape' && use.shape.length === 2)) return flattened(use);
  if (name === 'Dense' || before.every((order) => order === undefined)) return undefined;
  return isInPlace(use.layer) && before.every((order) => same(order, before[0])) ? before[0] : 'unknown';
}

/**
 * The layers whose input features are a feature map that was flattened before, and its shape: for a linear layer the order of
 * its inputs is then another in PyTorch.
 *
 * @throws ModelError for a layer with weights on features whose order nobody can tell, or in another order at each of its uses
 */
export function flattenedMaps(who: string, { uses }: FlatNetwork): ReadonlyMap<layers.Layer, FlattenedMap> {
  const after = new Map<LayerUse, Order>();
  const found = new Map<layers.Layer, Order>();
  for (const use of uses) {
    const before = use.inputs.map((input) => after.get(input.use));
    after.set(use, orderAfter(use, before));
    if (floatWeights(use.layer.weights).length === 0) continue;
    const [order] = before;
    if (before.includes('unknown') || (found.has(use.layer) && !same(found.get(use.layer), order))) {
      const why = `the order in which PyTorch has the inputs of layer ${show(use.layer.name)} is not known`;
      throw new ModelError(who, `${why}: between it and a flattening stands more than activations and normalisation`);
    }
    found.set(use.layer, order);
  }
  const maps = [...found].filter((each): each is [layers.Layer, FlattenedMap] => typeof each[1] === 'object');
  return new Map(maps);
}
