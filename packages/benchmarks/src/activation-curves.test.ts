import '@tensorflow/tfjs-backend-cpu';
import { GELU, PReLU, PSSiLU, ReLU } from '@agoge/activations';
import { tensor1d } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { activationCurves, sharedActivation } from './activation-curves';

/** A network of one activation, which its description calls `name`. */
function networkOf(layer: layers.Layer, name: string) {
  const model = sequential({ layers: [layers.dense({ inputShape: [4], units: 3 }), layer] });
  return { model, description: { activation: { name, options: {} } } } as unknown as Parameters<
    typeof sharedActivation
  >[0];
}

it('finds activations by their names and tells what they have learned, each shape once', async () => {
  const learned = new PSSiLU();
  const networks = [
    networkOf(new ReLU(), 'relu'),
    networkOf(learned, 'pssilu'),
    networkOf(new ReLU(), 'relu'),
    networkOf(new GELU({ approximation: 'tanh' }), 'gelutanh'),
    networkOf(new PReLU({ perChannel: true, alpha: 0.5 }), 'prelu'),
    networkOf(new ReLU(), 'no-such-name'),
  ];
  learned.setWeights([tensor1d([-2]), tensor1d([0.25])]);
  const curves = await activationCurves(networks.flatMap(sharedActivation));
  expect(curves.map(({ name }) => name)).toEqual([
    'relu',
    'pssilu (alpha 2.000, beta 0.250)',
    'gelutanh',
    'prelu (alpha 0.500, channel 0)',
  ]);
  expect(curves[1].shape).toMatchObject({ parameters: { alpha: 2, beta: 0.25 }, method: { curvature: 'closed' } });
});
