import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { dispose, fill, grads, setBackend, sum, type Tensor, tidy, truncatedNormal } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { bench, describe } from 'vitest';
import { composed } from './composed.fixture';
import { activations } from './registry';

/** Of a small batch between two convolutions; one scalar for all, as the papers have it. */
const shape = [32, 16, 16, 32];
const trial: Record<string, number> = { alpha: 1.3, beta: 0.2, r: 3 };
const names = (Object.keys(activations) as (keyof typeof activations)[]).filter((name) => name in composed);

/** Forward and backward of layer and formula, one after the other, so that a busy machine slows both. */
describe.each(['cpu', 'wasm'])('on %s', (backendName) => {
  describe.each(names)('%s', (name) => {
    let x: Tensor;
    let scalars: Tensor[] = [];
    let layer: layers.Layer;
    const options = {
      time: 300,
      iterations: 3,
      async setup() {
        await setBackend(backendName);
        layer = activations[name]();
        x = truncatedNormal(shape, 0, 2, 'float32', 1);
        tidy(() => void layer.apply(x));
        const config = layer.getConfig() as Record<string, number>;
        scalars = ['r', 'alpha', 'beta'].filter((key) => key in config).map((key) => fill([1], trial[key])); // learned ones first, as in the layer
      },
      teardown() {
        dispose([x, ...scalars]);
        layer.dispose();
      },
    };
    const slopes = (f: (x: Tensor) => Tensor, of: () => Tensor[]) => () =>
      void tidy(() => grads((each: Tensor) => sum(f(each)))(of()));
    const attack = (each: Tensor) => layer.apply(each, { phase: 'craft' }) as Tensor;
    const training = (each: Tensor) => layer.apply(each, { phase: 'update' }) as Tensor;
    const written = (each: Tensor) => composed[name](each, ...scalars);
    const variables = () => layer.trainableWeights.map((weight) => weight.read());

    bench(
      'fused, to the input',
      slopes(attack, () => [x]),
      options,
    );
    bench(
      'as written, to the input',
      slopes(written, () => [x]),
      options,
    );
    if (!('learn' in activations[name]().getConfig())) return;
    bench(
      'fused, to all',
      slopes(training, () => [x, ...variables()]),
      options,
    );
    bench(
      'as written, to all',
      slopes(written, () => [x, ...scalars.slice(0, layer.trainableWeights.length)]),
      options,
    );
  });
});
