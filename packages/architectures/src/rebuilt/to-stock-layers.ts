import type { LayersModel } from '@tensorflow/tfjs-layers';
import { replacedLayers } from './replaced-layers';
import { stockTwin } from './stock-twins';

/**
 * A copy of a model in TensorFlow.js's own layers, which loads where our packages are not.
 *
 * It gives the same logits in evaluation. Batch normalisation, dropout, pooling with padding, upsampling and the activations of
 * `@agoge/activations` that tfjs has become tfjs's; grouped convolutions become whole ones with zeros in their kernels, as many
 * times as large as there are groups; stochastic depth, which does nothing in evaluation, goes. Trained further, the copy is
 * another: tfjs's normalisation keeps the biased variance, and its dropout draws its own numbers.
 *
 * @param model any `tf.LayersModel`; it is not changed. Layers of your own classes are copied as they are
 * @returns the copy, models within it opened; yours to dispose
 * @throws ModelError that names a layer which tfjs cannot take the place of: learned activations, bilinear upsampling, padded
 *   maxima of what may be below 0
 * @example
 * await toStockLayers(model).save('downloads://resnet18');
 */
export function toStockLayers(model: LayersModel): LayersModel {
  const who = 'toStockLayers';
  return replacedLayers(who, model, (layer, uses, name) => stockTwin(who, layer, uses, name));
}
