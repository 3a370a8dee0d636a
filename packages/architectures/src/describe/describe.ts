import { flatNetwork, type LayerUse, ModelError, multiplyAdds, refusal, said } from '@agoge/core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { floatWeights } from '../float-weights';
import { type ReceptiveField, receptiveFields } from './receptive-field';

/** Height, width and channels of a map, or the length of a row of features; `null` for what is not known. */
export type MapShape = readonly (number | null)[];

/** What a network, or one use of a layer in it, consists of and takes. */
export interface Cost {
  /** Numbers that training changes. */
  trained: number;
  /** Numbers that it does not: running statistics, frozen layers; counters are not counted. */
  untrained: number;
  /** For one image; `null` where its size is not known. */
  multiplyAdds: number | null;
}

/** One use of a layer. What a shared layer consists of stands at its first use, so that numbers add up. */
export interface LayerDescription extends Cost {
  name: string;
  /** The name of its class. */
  kind: string;
  output: MapShape;
  /** Of an output, on the longest path; `all` where it may be made of the whole image. */
  receptiveField: ReceptiveField | 'all';
}

/** See {@link describe}. */
export interface ModelDescription extends Cost {
  name: string;
  /** Each after those that it takes its inputs from. */
  layers: LayerDescription[];
  /**
   * The last map before the head's pooling, whose size RCM is about: the layer it comes out of, its shape, and what takes it
   * together (`GlobalAveragePooling2D`, `Flatten`); `null` where nothing does. Average pooling before that is the head's.
   */
  features: { layer: string; map: MapShape; pooling: string } | null;
}

/**
 * What a model consists of, layer by layer: output map, parameters, multiply-adds, receptive field; and its last map.
 *
 * Multiply-adds are those of {@link multiplyAdds}: of convolutions and linear layers, once for each use of a shared one; as is
 * usual, pooling, normalisation and other work by elements is not counted. Receptive fields are what the geometry says, over the
 * image's edge too; gates that see the whole map, as squeeze and excitation, make them `all`.
 *
 * @param model any `tf.LayersModel`, with models within it, which are opened
 * @returns plain data; {@link formatDescription} writes it as a table
 * @throws TypeError, ModelError for something else, or a model without layers or `inputShape`
 *
 * @example
 * const { features, multiplyAdds } = describe(resnet18({ strides: '1122' })); // features.map: [8, 8, 512]
 * console.log(formatDescription(describe(model)));
 */
export function describe(model: LayersModel): ModelDescription {
  if (!Array.isArray(model?.layers)) throw said(new TypeError(refusal('describe', 'model', 'a tf.LayersModel', model)));
  if (!model.outputs?.length) throw new ModelError('describe', 'model has no layers, or its first no inputShape');
  const network = flatNetwork(model);
  const fields = receptiveFields(network);
  const met = new Set<LayerUse['layer']>();
  const layers = network.uses.map((use): LayerDescription => {
    const { layer, shape } = use;
    const [trained, untrained] = met.has(layer)
      ? [0, 0]
      : [layer.trainableWeights, layer.nonTrainableWeights].map(numbersIn);
    met.add(layer);
    return {
      name: layer.name,
      kind: layer.getClassName(),
      output: shape.slice(1),
      trained,
      untrained,
      multiplyAdds: multiplyAdds(use),
      receptiveField: fields.get(use) ?? 'all',
    };
  });
  const total = (key: 'trained' | 'untrained') => layers.reduce((sum, each) => sum + each[key], 0);
  return {
    name: model.name,
    layers,
    trained: total('trained'),
    untrained: total('untrained'),
    multiplyAdds: layers.reduce<number | null>(
      (sum, each) => (sum === null || each.multiplyAdds === null ? null : sum + each.multiplyAdds),
      0,
    ),
    features: featuresOf(network.outputs[0].use),
  };
}

const numbersIn = (weights: readonly LayerVariable[]) =>
  floatWeights(weights).reduce(
    (total, { shape }) => total + shape.reduce<number>((size, each) => size * Number(each), 1),
    0,
  );

/** Goes back from the logits to what took a map together. */
function featuresOf(output: LayerUse): ModelDescription['features'] {
  const takesTogether = ({ layer, shape, inputs: [from] }: LayerUse) =>
    from?.use.shape.length === 4 && (shape.length === 2 || layer.getClassName() === 'Flatten');
  let use: LayerUse | undefined = output;
  while (use && !takesTogether(use)) use = use.inputs[0]?.use;
  if (!use) return null;
  const pooling = use.layer.getClassName();
  let last = use.inputs[0].use;
  if (last.layer.getClassName() === 'AveragePooling2D') last = last.inputs[0].use;
  return { layer: last.layer.name, map: last.shape.slice(1), pooling };
}
