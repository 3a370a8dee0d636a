import '@tensorflow/tfjs-backend-cpu';
import { memory, mul, setBackend, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { smallCnn } from './small-cnn';

beforeAll(async () => {
  await setBackend('cpu');
});

/** An activation with a scalar. */
class Steep extends layers.Layer {
  static className = 'Steep';

  override build(): void {
    this.addWeight('slope', [1], 'float32', initializers.ones());
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return mul([inputs].flat()[0], this.weights[0].read());
  }
}

const networkWith = (activation: layers.Layer) => smallCnn({ inputShape: [8, 8, 1], width: 2, activation });

it('a network that is disposed of takes the weights of the layer that all its sites share with it', () => {
  networkWith(new Steep()).dispose(); // tfjs keeps tensors of its own from its first model on
  const { numTensors } = memory();
  for (let i = 0; i < 3; i++) {
    const network = networkWith(new Steep({ name: 'steep' }));
    expect(memory().numTensors - numTensors).toBe(network.weights.length);
    expect(network.weights.filter(({ originalName }) => originalName.endsWith('slope'))).toHaveLength(1);
    network.dispose();
    expect(memory().numTensors).toBe(numTensors);
  }
});

it('a layer that two networks share lives until both are disposed of', () => {
  const { numTensors } = memory();
  const shared = new Steep({ name: 'steep' });
  const [one, other] = [networkWith(shared), networkWith(shared)];
  one.dispose();
  const x = zeros([2, 8, 8, 1]);
  const logits = other.predict(x) as Tensor;
  expect(logits.shape).toEqual([2, 10]);
  for (const each of [x, logits]) each.dispose();
  expect(memory().numTensors - numTensors).toBe(other.weights.length);
  other.dispose();
  expect(memory().numTensors).toBe(numTensors);
});
