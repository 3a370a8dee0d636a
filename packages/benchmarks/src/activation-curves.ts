import { analyseShape, readScalars } from '@agoge/activations';
import type { layers } from '@tensorflow/tfjs-layers';
import type { LoadedModel } from './model-folder';
import type { ActivationCurve } from './report/report';
import { scalarText } from './summary-figures';

/** Enough points for a smooth line; more only make the page heavier. */
const range = { from: -4, to: 4, points: 81 };

interface NamedActivation {
  name: string;
  layer: layers.Layer;
}

/** The activation of a model of ours under its registry name; none if the network holds it under another class. */
export function sharedActivation({ model, description: { activation } }: LoadedModel): NamedActivation[] {
  const layer = model.layers.find((each) => each.getClassName().toLowerCase() === `agoge${activation.name}`);
  return layer ? [{ name: activation.name, layer }] : [];
}

/**
 * The shapes of activations as they stand after training, each once: the ReLU of two models is one curve. What a layer has
 * learned goes into its name.
 */
export async function activationCurves(activations: readonly NamedActivation[]): Promise<ActivationCurve[]> {
  const curves: ActivationCurve[] = [];
  for (const { name, layer } of activations) {
    const learned = (await readScalars({ layers: [layer] })).map(scalarText);
    const shape = await analyseShape(layer, range);
    const { y } = shape.series;
    if (curves.some((each) => y.every((value, i) => value === each.shape.series.y[i]))) continue;
    curves.push({ name: learned.length === 0 ? name : `${name} (${learned.join(', ')})`, shape });
  }
  return curves;
}
