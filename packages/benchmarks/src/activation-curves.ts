import { analyseShape } from '@agoge/activations';
import { activations } from '@agoge/activations/registry';
import type { layers } from '@tensorflow/tfjs-layers';
import type { LoadedModel } from './model-folder';
import type { ActivationCurve } from './report/activation-shapes';
import { scalarText } from './summary-figures';

/** Enough points for a smooth line; more only make the page heavier. */
const range = { from: -4, to: 4, points: 81 };

interface NamedActivation {
  name: string;
  layer: layers.Layer;
}

/** The activation of a model of ours under its registry name; none if the network holds it under another class. */
export function sharedActivation({
  model,
  description: { activation },
}: Pick<LoadedModel, 'model' | 'description'>): NamedActivation[] {
  const { name } = activation;
  const made = Object.hasOwn(activations, name) ? activations[name as keyof typeof activations]() : undefined;
  const layer = model.layers.find((each) => each.getClassName() === made?.getClassName());
  return layer ? [{ name, layer }] : [];
}

/**
 * The shapes of activations as they stand after training, each once: the ReLU of two models is one curve. Its parameters go
 * into its name; of a layer that has them per channel it is the first channel's.
 */
export async function activationCurves(named: readonly NamedActivation[]): Promise<ActivationCurve[]> {
  const curves: ActivationCurve[] = [];
  for (const { name, layer } of named) {
    const shape = await analyseShape(layer, range);
    const { y } = shape.series;
    if (curves.some((each) => y.every((value, i) => value === each.shape.series.y[i]))) continue;
    const parameters = Object.entries(shape.parameters).flatMap(([parameter, value]) =>
      typeof value === 'number' ? [scalarText({ name: parameter, value })] : [],
    );
    if (layer.getConfig().perChannel) parameters.push('channel 0');
    curves.push({ name: parameters.length === 0 ? name : `${name} (${parameters.join(', ')})`, shape });
  }
  return curves;
}
