import { spartaSites } from '@agoge/activations';
import { architectures } from '@agoge/architectures/registry';
import {
  type ActivationOption,
  type Batches,
  type Classifier,
  fromLayersModel,
  lookUp,
  type Trainable,
} from '@agoge/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { buildActivation, type Named } from '../model-description';
import type { Arm } from './plan';

/** A network of an arm, as it is built and as it is trained and attacked. */
export interface ArmModel {
  /** The caller's to dispose. */
  model: LayersModel;
  classifier: Classifier & Trainable;
}

/** Builds an arm's network for the images of some data, with weights of a seed. */
export function buildArm(
  { network, activation, pixels }: Pick<Arm, 'network' | 'activation' | 'pixels'>,
  { shape, classes, bounds }: Pick<Batches, 'shape' | 'classes' | 'bounds'>,
  seed: number,
): ArmModel {
  const make = lookUp('reproduce', 'architecture', network.name, architectures);
  const options = { inputShape: shape, classes, seed, ...network.options, activation: activationOf(activation, seed) };
  const model = make(options);
  return { model, classifier: fromLayersModel(model, { bounds, ...pixels }) };
}

/** A new layer for the whole network, or Sparta's for each stage. */
function activationOf({ name, options }: Named, seed: number): ActivationOption {
  if (name === 'sparta') return spartaSites({ seed, ...options });
  return buildActivation('reproduce', { name, options });
}
