import { GELU, PSSiLU, ReLU, SiLU } from '@agoge/activations';
import { smallCnn } from '@agoge/architectures';
import { type Classifier, fromLayersModel, type Trainable } from '@agoge/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Setup } from './setup';

const activations = {
  relu: () => new ReLU(),
  silu: () => new SiLU(),
  gelu: () => new GELU(),
  pssilu: () => new PSSiLU(),
} as const;

/** The network of a run as it begins: three convolutions, one activation that all of them share. */
export function networkOf({ activation, seed }: Setup): { model: LayersModel; classifier: Classifier & Trainable } {
  const model = smallCnn({ activation: activations[activation](), seed });
  return { model, classifier: fromLayersModel(model, { bounds: [0, 1] }) };
}
