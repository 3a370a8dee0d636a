import type { layers } from '@tensorflow/tfjs-layers';

/** Whether a layer is an activation with parameters of its own; known by its method, since packages do not know each other. */
export function hasLearnedScalars(layer: layers.Layer): boolean {
  const { learnedScalars } = layer as layers.Layer & { learnedScalars?: unknown };
  return typeof learnedScalars === 'function';
}
