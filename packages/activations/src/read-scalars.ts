import type { layers } from '@tensorflow/tfjs-layers';
import type { ActivationLayer } from './activation-layer';
import { type HasLayers, layersWithin } from './layers-within';

/**
 * Reads the scalars that a model's activations have learned, as they act: without their sign where the formula takes `|.|` or
 * the square.
 *
 * @param model its layers, and those of models within it, are searched for layers of this package; a shared one counts once
 * @returns name (`pssilu/alpha`; of a channel `pssilu/alpha[0]`) and value, in the order of the layers
 */
export async function readScalars(model: HasLayers): Promise<{ name: string; value: number }[]> {
  const found = layersWithin(model)
    .filter(isActivation)
    .flatMap((layer) => layer.learnedScalars());
  const read = found.map(async ({ name, variable, effective }) => {
    const values = Array.from(await variable.data(), effective);
    return values.map((value, i) => ({ name: values.length === 1 ? name : `${name}[${i}]`, value }));
  });
  return (await Promise.all(read)).flat();
}

/** By its method, so that layers of another copy of this package count. */
export const isActivation = (layer: layers.Layer): layer is ActivationLayer =>
  typeof (layer as Partial<ActivationLayer>).learnedScalars === 'function';
