import { sampleActivation } from '@agoge/activations';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import type { LoadedModel } from './model-folder';
import type { ActivationCurve } from './report/report';

/** Enough points for a smooth line; more only make the page heavier. */
const range = { from: -4, to: 4, points: 81 };

interface NamedActivation {
  name: string;
  layer: layers.Layer;
}

/** The activation of a model of ours under its registry name; none if the network holds it under another. */
export function sharedActivation({ model, description: { activation } }: LoadedModel): NamedActivation[] {
  const layer = activationLayer(model, activation.name);
  return layer ? [{ name: activation.name, layer }] : [];
}

function activationLayer(model: LayersModel, name: string): layers.Layer | undefined {
  return model.layers.find((layer) => layer.getClassName().toLowerCase() === `agoge${name}`);
}

/** Samples activations as they stand after training, each shape once: the ReLU of two models is one curve. */
export async function activationCurves(activations: readonly NamedActivation[]): Promise<ActivationCurve[]> {
  const curves: ActivationCurve[] = [];
  for (const { name, layer } of activations) {
    const curve = { name, ...(await sampleActivation(layer, range)) };
    if (!curves.some(({ y }) => curve.y.every((value, i) => value === y[i]))) curves.push(curve);
  }
  return curves;
}
