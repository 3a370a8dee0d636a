import { checkOptions, type ImageShape, type Rules, said, show } from '@agoge/core';
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { activationAt } from './activation-at';
import { batchNormalization } from './batch-normalization';
import { type ConvolveShape, convolve } from './convolve';
import { dense } from './dense';
import { Dropout, type DropoutShape } from './dropout';
import { type Initializers, initializersOf } from './initial-weights';
import { type MaxPoolShape, maxPool } from './max-pool';
import { type NetworkOptions, networkRules } from './network-options';
import { upsample } from './upsample';

/** What a convolution with a normalisation behind it is told; `bias`: also where it is normalised. */
export interface BlockShape extends ConvolveShape {
  /** Name of the normalisation. */
  normalization: string;
  /** What the normalisation's weight starts with. Default 1. */
  scale?: 0 | 1;
}

/**
 * What a network is built with. Layers have PyTorch's names and padding; weights are drawn by (seed, name) as the network's
 * paper has it or as the user's `initializer` says; normalisation, activation and pooling are the user's.
 */
export interface Kit {
  /** Its `bias` is by default where there is no normalisation. */
  convolve(x: SymbolicTensor, shape: ConvolveShape): SymbolicTensor;
  /** A convolution and its normalisation; where there is none the convolution has a bias. */
  block(x: SymbolicTensor, shape: BlockShape): SymbolicTensor;
  normalize(x: SymbolicTensor, name: string): SymbolicTensor;
  activate(x: SymbolicTensor, name: string, stage: number): SymbolicTensor;
  maxPool(x: SymbolicTensor, shape: MaxPoolShape): SymbolicTensor;
  add(name: string, a: SymbolicTensor, b: SymbolicTensor): SymbolicTensor;
  /** Dropout of a share, of numbers or of whole examples; nothing where it is 0. */
  drop(x: SymbolicTensor, name: string, rate: number, of?: DropoutShape['of']): SymbolicTensor;
  /** All of an image in one row, as it lies: by rows, columns, channels. */
  flatten(x: SymbolicTensor): SymbolicTensor;
  dense(x: SymbolicTensor, name: string, units: number): SymbolicTensor;
  /** The mean over positions, or the largest where the user wants it: `[n, channels]`. */
  pool(x: SymbolicTensor, name?: string): SymbolicTensor;
  /** As many numbers as there are classes. */
  logits(features: SymbolicTensor, name: string): SymbolicTensor;
}

/** What a network has of its own. */
export interface Plan {
  /** Default of the option. */
  inputShape: ImageShape;
  /** Default of the option; 10. */
  classes?: number;
  /** Of the options beside those of every network. */
  rules?: Rules;
  /** What weights start with unless the user says otherwise. */
  initializers: Initializers;
  /** Of normalisations. Default 1e-5. */
  epsilon?: number;
}

/**
 * Builds a network.
 *
 * @param who its name, for errors and for the model
 * @param body from images, upsampled where asked for, to logits
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range
 */
export function network(
  who: string,
  options: NetworkOptions,
  { inputShape, classes = 10, rules, initializers, epsilon }: Plan,
  body: (x: SymbolicTensor, kit: Kit) => SymbolicTensor,
): LayersModel {
  checkOptions(who, options, { ...networkRules, ...rules });
  const { activation = 'relu', initializer = 'published', normalization = 'batch', pooling = 'average' } = options;
  const { seed = 0 } = options;
  const initial = { seed, ...initializersOf(initializer, initializers) };
  const normalized = normalization === 'batch';

  const imageShape = options.inputShape ?? inputShape;
  const withPixels = (x: SymbolicTensor, name: string) => {
    if (x.shape.slice(1).every((size) => Number(size) > 0)) return x;
    throw said(new RangeError(`${who}: inputShape ${show(imageShape)} is too small: nothing is left after ${name}`));
  };

  const normalize = (x: SymbolicTensor, name: string, scale?: 0 | 1) =>
    normalized ? (batchNormalization({ name, scale, epsilon }).apply(x) as SymbolicTensor) : x;

  const kit: Kit = {
    convolve: (x, shape) => withPixels(convolve(x, { bias: !normalized, ...shape }, initial), shape.name),
    block(x, { normalization: name, scale, bias, ...shape }) {
      return normalize(kit.convolve(x, { ...shape, bias: bias || !normalized }), name, scale);
    },
    normalize,
    activate: activationAt(who, activation),
    maxPool: (x, shape) => withPixels(maxPool(x, shape), shape.name),
    add: (name, a, b) => layers.add({ name }).apply([a, b]) as SymbolicTensor,
    drop: (x, name, rate, of) => (rate > 0 ? (new Dropout({ name, rate, seed, of }).apply(x) as SymbolicTensor) : x),
    flatten: (x) => layers.flatten({ name: 'flatten' }).apply(x) as SymbolicTensor,
    dense: (x, name, units) => dense(x, { name, units }, initial),
    pool(x, name = 'avgpool') {
      const layer = pooling === 'max' ? layers.globalMaxPooling2d({ name }) : layers.globalAveragePooling2d({ name });
      return layer.apply(x) as SymbolicTensor;
    },
    logits: (features, name) => dense(features, { name, units: options.classes ?? classes }, initial),
  };
  const images = input({ shape: [...imageShape], name: 'images' });
  return model({ inputs: images, outputs: body(upsample(who, images, options.upsample), kit), name: who });
}
