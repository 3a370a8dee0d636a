import { serialization } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';

type LayerClass = serialization.SerializableConstructor<layers.Layer> & { className: string };

const isLayerClass = (value: unknown): value is LayerClass =>
  typeof value === 'function' && value.prototype instanceof layers.Layer;
const registered = () => serialization.SerializationMap.getMap().classNameMap;

it('only @agoge/activations/register registers, and that every layer class of the package', async () => {
  const before = Object.keys(registered());
  const exported = Object.values<unknown>(await import('./index')).filter(isLayerClass);
  const { activations } = await import('./registry');
  const made = Object.values(activations).map((make) => make().constructor);
  expect(Object.keys(registered())).toEqual(before);
  expect(exported.map((each) => each.className)).toContain('AgogePSSiLU');
  for (const each of made) expect(exported).toContain(each);

  await import('./register');
  const added = Object.keys(registered()).filter((name) => !before.includes(name));
  expect(added.sort()).toEqual(exported.map((each) => each.className).sort());
  for (const each of exported) {
    expect(each.className).toMatch(/^Agoge/);
    expect(registered()[each.className][0]).toBe(each);
  }
});
