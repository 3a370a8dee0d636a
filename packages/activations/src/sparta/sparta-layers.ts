import { ModelError } from '@agoge/core';
import type { layers } from '@tensorflow/tfjs-layers';
import { type HasLayers, layersWithin } from '../layers-within';
import { Sparta } from './sparta';

/**
 * The {@link Sparta} layers of a model and of models within it, each once, in the order of its layers.
 *
 * @example
 * for (const layer of spartaLayers(model)) layer.trainable = false; // frozen
 */
export const spartaLayers = (model: HasLayers): layers.Layer[] => layersWithin(model).filter(isSparta);

/** By its class name, so that layers of another copy of this package count. */
export const isSparta = (layer: layers.Layer): boolean => layer.getClassName() === Sparta.className;

/** {@link spartaLayers} by name: at least one, built, no two of one name. */
export function spartaByName(who: string, what: string, model: HasLayers): Map<string, layers.Layer> {
  const found = spartaLayers(model);
  if (found.length === 0) throw new ModelError(who, `${what} has no Sparta layers`);
  const byName = new Map(found.map((layer) => [layer.name, layer]));
  if (byName.size < found.length) throw new ModelError(who, `${what} has two Sparta layers of one name`);
  for (const { name, built } of found) {
    if (!built) throw new ModelError(who, `layer "${name}" of ${what} has no weights yet: build the network first`);
  }
  return byName;
}
