import '@tensorflow/tfjs-backend-cpu';
import { modes } from '@agoge/core';
import { grad, memory, ones, type Scalar, setBackend, sum, type Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { Dropout, type DropoutShape } from './dropout';

beforeAll(async () => {
  await setBackend('cpu');
});

const shape = [64, 3, 5, 4];
const after = async (layer: Dropout, mode: object = modes.update, x: Tensor = ones(shape)) => [
  ...(await (layer.call(x, mode) as Tensor).data()),
];
const share = (values: number[]) => values.filter((each) => each === 0).length / values.length;

it('drops its share in training and divides the rest by what is kept; otherwise does nothing', async () => {
  const layer = new Dropout({ name: 'drop', rate: 0.25 });
  const values = await after(layer);
  expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
  // Five standard deviations of 3,840 draws.
  expect(Math.abs(share(values) - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / values.length));
  for (const mode of [modes.evaluate, modes.craft, {}]) expect(share(await after(layer, mode))).toBe(0);
});

it('drops whole examples', async () => {
  const values = await after(new Dropout({ name: 'drop', rate: 0.4, of: 'example' }));
  const size = values.length / shape[0];
  for (let i = 0; i < shape[0]; i++) expect(new Set(values.slice(i * size, (i + 1) * size)).size).toBe(1);
  expect(share(values)).toBeGreaterThan(0.1);
  expect(share(values)).toBeLessThan(0.7);
});

it('draws anew in each call, the same in each run, by seed and name, and whatever the size of the batch', async () => {
  const make = (change: Partial<DropoutShape> = {}) => new Dropout({ name: 'drop', rate: 0.5, seed: 3, ...change });
  const [one, two] = [make(), make()];
  const first = await after(one);
  const second = await after(one);
  expect(second).not.toEqual(first);
  expect([await after(two), await after(two)]).toEqual([first, second]);
  expect(await after(make({ seed: 4 }))).not.toEqual(first);
  expect(await after(make({ name: 'other' }))).not.toEqual(first);
  const half = await after(make(), modes.update, ones([32, ...shape.slice(1)]));
  expect(first.slice(0, half.length)).toEqual(half);
});

it('lets the gradient through where the number was kept', async () => {
  const options = { name: 'drop', rate: 0.5 };
  const layer = new Dropout(options);
  const slopes = grad((x: Tensor) => sum<Scalar>(layer.call(x, modes.update)))(ones(shape));
  expect([...(await slopes.data())]).toEqual(await after(new Dropout(options)));
});

it('leaves nothing behind, and is made again from its configuration', () => {
  const x = ones(shape);
  const layer = new Dropout({ name: 'drop', rate: 0.1, seed: 2, of: 'example' });
  const before = memory().numTensors;
  for (const mode of [modes.update, modes.evaluate]) layer.call(x, mode).dispose();
  expect(memory().numTensors).toBe(before);
  expect(layer.getConfig()).toMatchObject({ name: 'drop', rate: 0.1, seed: 2, of: 'example' });
});

it.each<[DropoutShape, string]>([
  [{ rate: 1 }, 'dropout: rate must be a finite number >= 0 and < 1, got 1'],
  [{ rate: -0.1 }, 'got -0.1'],
  [{ rate: 0.1, seed: -1 }, 'dropout: seed must be an integer >= 0, got -1'],
  [{ rate: 0.1, of: 'channel' as 'number' }, 'dropout: of must be one of "number", "example", got "channel"'],
])('refuses %j', (options, message) => {
  expect(() => new Dropout(options)).toThrow(message);
});
