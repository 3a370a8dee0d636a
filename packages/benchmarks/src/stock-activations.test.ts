import '@tensorflow/tfjs-backend-cpu';
import { activations } from '@agoge/activations/registry';
import { smallCnn, toStockLayers } from '@agoge/architectures';
import { normal } from '@agoge/core';
import { setBackend, type Tensor, tensor4d } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';

beforeAll(async () => {
  await setBackend('cpu');
});

const have = ['relu', 'smoothgradientrelu', 'softplus', 'silu', 'gelu', 'gelutanh', 'elu', 'mish'];
const registry: Readonly<Record<string, (options?: never) => layers.Layer>> = activations;
const networkWith = (name: string) => smallCnn({ activation: registry[name](), seed: 1 });

describe('toStockLayers of a network with an activation of @agoge/activations', () => {
  it.each(have)('%s: the same logits from layers of TensorFlow.js', async (name) => {
    const original = networkWith(name);
    const x = tensor4d(normal({ seed: 1, stream: 'images' }, 4 * 64), [4, 8, 8, 1]);
    const [logits, of] = [original, toStockLayers(original)].map((each) => (each.predict(x) as Tensor).dataSync());
    of.forEach((each, i) => {
      expect(Math.abs(each - logits[i])).toBeLessThan(2e-6);
    });
  });

  it.each(Object.keys(activations).filter((name) => !have.includes(name)))('%s: refused by name', (name) => {
    const original = networkWith(name);
    const [{ name: layer }] = original.layers.filter((each) => each.getClassName().startsWith('Agoge'));
    expect(() => toStockLayers(original)).toThrow(`toStockLayers: layer "${layer}", an Agoge`);
  });
});
