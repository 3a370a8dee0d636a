import '@tensorflow/tfjs-backend-cpu';
import { normal, words } from '@agoge/core';
import { setBackend, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { PSSiLU, replaceActivations } from './index';
import './register';
import { reload } from './reload.fixture';

beforeAll(async () => {
  await setBackend('cpu');
});

/** Layers at random on tensors at random, some of them again and again. */
function randomNetwork(seed: number): LayersModel {
  const numbers = [...words({ seed, stream: 'network' }, 80)];
  const pick = <T>(from: readonly T[]): T => from[(numbers.pop() ?? 0) % from.length];
  const dense = (name: string) => layers.dense({ units: 3, activation: pick(['relu', 'relu', 'linear']), name });
  const shared = [dense('shared_a'), dense('shared_b'), layers.reLU({ name: 'rectifier' })];
  const x = input({ shape: [3], name: 'x' });
  const tensors: SymbolicTensor[] = [x];
  for (let i = 0; i < 12; i++) {
    const chosen = pick([0, 1, 2, 3, 4]);
    const layer = shared[chosen] ?? (chosen === 3 ? dense(`dense_${i}`) : layers.add({ name: `add_${i}` }));
    const [from, other] = [pick(tensors), pick(tensors)];
    if (chosen === 4 && from === other) continue;
    tensors.push(layer.apply(chosen === 4 ? [from, other] : from) as SymbolicTensor);
  }
  const all = layers.concatenate({ name: 'all' }).apply(tensors);
  const network = model({ inputs: x, outputs: layers.reLU({ name: 'end' }).apply(all) as SymbolicTensor });
  network.setWeights(
    network.weights.map((each, i) => {
      const shape = each.shape as number[];
      return tensor(
        normal(
          { seed, stream: `weight ${i}` },
          shape.reduce((a, b) => a * b),
        ),
        shape,
      );
    }),
  );
  return network;
}

const images = () => tensor(normal({ seed: 0, stream: 'images' }, 12), [4, 3]);
const outputs = (network: LayersModel) => [...(network.predict(images()) as Tensor).dataSync()];

it('a network built in it loads as it was, however layers are shared', async () => {
  let differing = 0;
  for (let seed = 0; seed < 60; seed++) {
    const original = randomNetwork(seed);
    const same = replaceActivations(original, 'relu');
    expect(outputs(same), `network ${seed}`).toEqual(outputs(original));
    const replaced = replaceActivations(original, new PSSiLU({ alpha: 0.7, beta: 0.3 }));
    for (const each of [same, replaced]) {
      expect(outputs(await reload(each)), `network ${seed}`).toEqual(outputs(each));
    }
    const untouched = outputs(original);
    const again = await reload(original).then(outputs, () => []);
    if (again.some((each, i) => each !== untouched[i])) differing++;
  }
  expect(differing).toBeGreaterThan(0); // tfjs's own models do not always: else the order would not be needed
});
