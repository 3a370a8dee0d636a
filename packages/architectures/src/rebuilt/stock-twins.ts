import { type LayerUse, ModelError, show } from '@agoge/core';
import { concat, type serialization, split, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import type { Replacement } from './replaced-layers';

type Config = serialization.ConfigDict;
type Layer = layers.Layer;

/** Makes the twin of a layer from its config; a string says why there is none. */
type Twin = (config: Config, name: string, layer: Layer, uses: readonly LayerUse[]) => Replacement | string;

const alone = (layer: Layer): Replacement => ({ layers: [layer] });
const activation =
  (stock: string): Twin =>
  (_, name) =>
    alone(layers.activation({ activation: stock as 'relu', name }));

/** Classes of layers, and tfjs's names of activations, whose output is nowhere below 0. */
const notNegative = new Set([
  ...['ReLU', 'AgogeReLU', 'AgogeSmoothGradientReLU', 'AgogeSoftplus', 'AgogePSoftplus', 'AgogeSmoothReLU'],
  ...['relu', 'relu6', 'sigmoid', 'softplus', 'softmax', 'hardSigmoid'],
]);
const isNotNegative = ({ layer }: LayerUse) =>
  notNegative.has(layer.getClassName()) || notNegative.has(String(layer.getConfig().activation));

/** Whether tfjs's `same` puts as many pixels before the first one, and as many windows. */
function padsAsSame(length: number | null, { size, strides, padding }: Record<string, number>): boolean {
  if (length === null) return false;
  const windows = Math.ceil(length / strides);
  const before = Math.floor(Math.max((windows - 1) * strides + size - length, 0) / 2);
  return before === padding && windows === Math.floor((length + 2 * padding - size) / strides) + 1;
}

const maxPooling: Twin = (config, name, _, uses) => {
  const { size, strides, padding } = config as Record<string, number>;
  const pooling = (pad: 'same' | 'valid') => layers.maxPooling2d({ name, poolSize: size, strides, padding: pad });
  const images = uses.map(({ inputs: [from] }) => from.use);
  const sizes = images.flatMap(({ shape }) => shape.slice(1, 3));
  if (sizes.every((length) => padsAsSame(length, { size, strides, padding }))) return alone(pooling('same'));
  if (!images.every(isNotNegative))
    return 'pads with zeros, which only after an activation that is never below 0 is the same';
  return { layers: [layers.zeroPadding2d({ padding, name: `${name}.pad` }), pooling('valid')] };
};

/** Groups as one convolution, with zeros where channels do not see each other. */
const groupedConvolution: Twin = (config, name, layer) => {
  const { filters, kernelSize, strides, padding, useBias } = config as Config & Record<string, number>;
  const groups = Number(config.groups);
  const shape = { filters, kernelSize, strides, useBias: Boolean(useBias), padding: padding as unknown as 'same' };
  const weights = () => {
    const [kernel, ...bias] = layer.getWeights();
    const rows = split(kernel, groups, 3).map((part, group) => {
      const beside = (count: number) => zeros([...part.shape.slice(0, 3), count * (filters / groups)]);
      const parts: Tensor[] = [beside(group), part, beside(groups - 1 - group)];
      return concat(parts, 3);
    });
    return [concat(rows, 2), ...bias];
  };
  return { layers: [layers.conv2d({ ...shape, name })], weights };
};

const twins: Readonly<Record<string, Twin>> = {
  AgogeBatchNormalization: ({ momentum, epsilon }, name, layer) => ({
    layers: [layers.batchNormalization({ name, epsilon: Number(epsilon), momentum: 1 - Number(momentum) })],
    weights: () => layer.getWeights(),
  }),
  AgogeDropout: ({ rate, of }, name) =>
    of === 'number' ? alone(layers.dropout({ rate: Number(rate), name })) : { layers: [] },
  AgogeGroupedConv2D: groupedConvolution,
  AgogeMaxPooling2D: maxPooling,
  AgogeUpsampling2D: ({ factor, mode }, name) => {
    if (mode !== 'nearest') return 'is bilinear with centres at halves, which tfjs is not';
    return alone(layers.upSampling2d({ size: [Number(factor), Number(factor)], name }));
  },
  AgogeReLU: (_, name) => alone(layers.reLU({ name })),
  AgogeSmoothGradientReLU: (_, name) => alone(layers.reLU({ name })),
  AgogeELU: ({ alpha }, name) => alone(layers.elu({ alpha: Number(alpha), name })),
  AgogeSiLU: activation('swish'),
  AgogeSoftplus: activation('softplus'),
  AgogeMish: activation('mish'),
  AgogeGELU: (config, name, ...rest) =>
    activation(config.approximation === 'tanh' ? 'gelu_new' : 'gelu')(config, name, ...rest),
};

/**
 * What of tfjs's own computes the same as a layer; undefined for a layer that is no Agoge class.
 *
 * @throws ModelError where nothing does
 */
export function stockTwin(who: string, layer: Layer, uses: readonly LayerUse[], name: string): Replacement | undefined {
  const className = layer.getClassName();
  if (!className.startsWith('Agoge')) return undefined;
  const twin = Object.hasOwn(twins, className)
    ? twins[className](layer.getConfig(), name, layer, uses)
    : 'has no twin among the layers of TensorFlow.js';
  if (typeof twin !== 'string') return twin;
  throw new ModelError(who, `layer ${show(layer.name)}, an ${className}, ${twin}`);
}
