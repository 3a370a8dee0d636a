import '@tensorflow/tfjs-backend-cpu';
import { fromLayersModel, modes } from '@agoge/core';
import {
  grad,
  io,
  memory,
  ones,
  type Rank,
  type Scalar,
  scalar,
  setBackend,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { alexNet } from './alex-net';
import { describe as described } from './describe/describe';
import { Dropout, type DropoutShape } from './dropout';
import './register';
import { loadStateDict } from './weights/load-state-dict';
import { stateDictOf } from './weights/state-dict-of';

beforeAll(async () => {
  await setBackend('cpu');
});

const shape = [64, 3, 5, 4];
const after = async (layer: Dropout, mode: object = modes.update, x: Tensor = ones(shape)) => [
  ...(await (layer.apply(x, mode) as Tensor).data()),
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
  const slopes = grad((x: Tensor) => sum<Scalar>(layer.apply(x, modes.update) as Tensor))(ones(shape));
  expect([...(await slopes.data())]).toEqual(await after(new Dropout(options)));
});

it('leaves nothing behind, and is made again from its configuration', () => {
  const x = ones(shape);
  const layer = new Dropout({ name: 'drop', rate: 0.1, seed: 2, of: 'example' });
  layer.build(shape);
  const before = memory().numTensors;
  for (const mode of [modes.update, modes.evaluate]) (layer.apply(x, mode) as Tensor).dispose();
  expect(memory().numTensors).toBe(before);
  expect(layer.getConfig()).toMatchObject({ name: 'drop', rate: 0.1, seed: 2, of: 'example' });
});

describe('goes on where it was', () => {
  const images = ones<Rank.R4>([8, 32, 32, 3]);
  const build = () => alexNet({ width: 2, seed: 5 });
  const trainable = (network: LayersModel) => fromLayersModel(network, { bounds: [0, 1] });
  const steps = async (network: LayersModel, count: number) => {
    const logits: number[][] = [];
    for (let i = 0; i < count; i++) logits.push([...(await trainable(network).forward(images, modes.update).data())]);
    return logits;
  };

  it.each<[string, (from: LayersModel) => Promise<LayersModel>]>([
    [
      'from buffers, as checkpoints have them',
      async (from) => {
        const to = build();
        const values = await Promise.all(
          trainable(from)
            .buffers()
            .map(async ({ name, variable }) => ({ name, dtype: variable.dtype, values: await variable.data() })),
        );
        expect(values.map(({ name, dtype }) => [name, dtype])).toEqual([
          ['classifier.0/calls', 'int32'],
          ['classifier.3/calls', 'int32'],
        ]);
        tidy(() => {
          trainable(to)
            .buffers()
            .forEach(({ variable }, i) => void variable.assign(scalar(values[i].values[0], 'int32')));
        });
        return to;
      },
    ],
    [
      'from a saved model',
      async (from) => {
        let saved: io.ModelArtifacts = {};
        await from.save(
          io.withSaveHandler(async (artifacts) => {
            saved = artifacts;
            return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
          }),
        );
        return loadLayersModel(io.fromMemory(saved));
      },
    ],
  ])('%s', async (_, restored) => {
    const network = build();
    await steps(network, 3);
    const again = await restored(network);
    const [next, fresh] = [await steps(network, 2), await steps(build(), 2)];
    expect(await steps(again, 2)).toEqual(next);
    expect(fresh).not.toEqual(next);
    // Set back, it draws what it drew.
    tidy(() => {
      for (const { variable } of trainable(network).buffers()) variable.assign(scalar(3, 'int32'));
    });
    expect(await steps(network, 2)).toEqual(next);
  });

  it('and counts are no part of what PyTorch has, nor of a description', async () => {
    const network = build();
    await steps(network, 1);
    expect([...(await stateDictOf(network)).keys()].filter((name) => name.includes('calls'))).toEqual([]);
    const other = build();
    loadStateDict(other, await stateDictOf(network));
    const counts = trainable(other).buffers();
    expect(await Promise.all(counts.map(async ({ variable }) => [...(await variable.data())]))).toEqual([[0], [0]]);
    expect(described(network).untrained).toBe(0);
  });
});

it.each<[DropoutShape, string]>([
  [{ rate: 1 }, 'dropout: rate must be a finite number >= 0 and < 1, got 1'],
  [{ rate: -0.1 }, 'got -0.1'],
  [{ rate: 0.1, seed: -1 }, 'dropout: seed must be an integer >= 0, got -1'],
  [{ rate: 0.1, of: 'channel' as 'number' }, 'dropout: of must be one of "number", "example", got "channel"'],
])('refuses %j', (options, message) => {
  expect(() => new Dropout(options)).toThrow(message);
});
