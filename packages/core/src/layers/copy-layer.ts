import type { serialization } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';

/**
 * A layer made from another's config, by its class: nothing needs to be registered but what stands within it. It has no weights
 * yet.
 *
 * @param change of the config, before the copy is made
 */
export function copyLayer<Layer extends layers.Layer>(
  layer: Layer,
  change: (config: serialization.ConfigDict) => void,
): Layer {
  const config = layer.getConfig();
  change(config);
  const made = layer.constructor as serialization.SerializableConstructor<Layer> & {
    fromConfig: serialization.FromConfigMethod<Layer>;
  };
  return made.fromConfig(made, config);
}
