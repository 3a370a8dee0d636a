import type { layers } from '@tensorflow/tfjs-layers';

/** Anything that has layers: a `LayersModel`, or a model within a model. */
export interface HasLayers {
  layers: layers.Layer[];
}

/** The layers of a model and of models within it, each once, in the order of its layers. */
export const layersWithin = (model: HasLayers): layers.Layer[] => [
  ...new Set(
    model.layers.flatMap((layer) => ('layers' in layer ? layersWithin(layer as layers.Layer & HasLayers) : [layer])),
  ),
];
