import type { serialization } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { isActivation } from './read-scalars';

/** What activation a layer is or ends with. */
export interface FoundActivation {
  /** What it may be called: tfjs's name, the class of the layer, or both. */
  names: string[];
  /** Whether it is all that the layer does. */
  alone: boolean;
}

/** Activations by the names that tfjs gives them; `silu` is the field's name of what tfjs calls `swish`. */
export const stockActivations: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...['relu', 'relu6', 'elu', 'selu', 'gelu', 'gelu_new', 'mish', 'swish', 'softplus', 'softsign', 'tanh'],
      ...['sigmoid', 'hardSigmoid', 'linear', 'softmax', 'logSoftmax'],
    ].map((name) => [name, name]),
  ),
  silu: 'swish',
};

/** tfjs's layers that are activations, and the shorter names that each has with some options. */
export const activationClasses: Readonly<Record<string, (config: serialization.ConfigDict) => string[]>> = {
  ReLU: ({ maxValue }) => (maxValue == null ? ['relu'] : maxValue === 6 ? ['relu6'] : []),
  ELU: () => ['elu'],
  LeakyReLU: () => [],
  PReLU: () => [],
  ThresholdedReLU: () => [],
  Softmax: () => ['softmax'],
};

/** tfjs's layers whose option `activation` is applied to their output. */
const endInActivation = ['Dense', 'Conv1D', 'Conv2D', 'Conv2DTranspose', 'Conv3D', 'Conv3DTranspose'].concat([
  'DepthwiseConv2D',
  'SeparableConv',
  'SeparableConv2D',
]);

/** What stands in a layer that applies another to each time step: an activation is the same within it and outside. */
export function unwrapped(layer: layers.Layer): layers.Layer {
  const wraps = layer.getClassName() === 'TimeDistributed';
  return wraps ? (layer as layers.Layer & { layer: layers.Layer }).layer : layer;
}

/** The activation that a layer is or ends with; undefined where there is none, or it is `linear`. */
export function activationOf(wrapper: layers.Layer): FoundActivation | undefined {
  const layer = unwrapped(wrapper);
  const className = layer.getClassName();
  if (isActivation(layer)) return { names: [className], alone: true };
  if (Object.hasOwn(activationClasses, className)) {
    return { names: [className, ...activationClasses[className](layer.getConfig())], alone: true };
  }
  const alone = className === 'Activation';
  if (!alone && !endInActivation.includes(className)) return undefined;
  const { activation } = layer.getConfig();
  return typeof activation === 'string' && activation !== 'linear' ? { names: [activation], alone } : undefined;
}

/** What the config of a layer names activations and layers within it: those of cells, of wrapped models. */
export function namesWithin(config: unknown): string[] {
  if (typeof config !== 'object' || config === null) return [];
  return Object.entries(config).flatMap(([key, value]) => {
    if (typeof value !== 'string') return namesWithin(value);
    if (key === 'className') return [value, ...namesOf(value, (config as { config?: object }).config)];
    return /activation$/i.test(key) ? [value] : [];
  });
}

/** The shorter names of a layer that is an activation of tfjs's. */
const namesOf = (className: string, config: object = {}) =>
  Object.hasOwn(activationClasses, className) ? activationClasses[className]({ ...config }) : [];
