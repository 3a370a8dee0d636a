import '@tensorflow/tfjs-backend-cpu';
import { type Batch, ensureGradients } from '@agoge/core';
import { randomCrop } from '@agoge/datasets';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { threeShades } from '../test/features';
import { handMadeNet } from '../test/hand-made-net';
import { trades } from './objectives/trades';
import { constant } from './schedules';
import { fit } from './train';
import { twoViews } from './two-views';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const data = threeShades(10, 1);
const views = twoViews(data, randomCrop({ padding: 2 }));
async function batchesOf(options: Parameters<typeof views.batches>[0], of = views): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of of.batches(options)) all.push(batch);
  return all;
}
const image = ({ x }: Batch, i: number) => [...x.subarray(128 * i, 128 * (i + 1))];

it('gives each image twice in a row, in the order of the data, each time augmented by other noise', async () => {
  expect(views.examples).toBe(20);
  const twice = await batchesOf({ batchSize: 8, seed: 3, epoch: 1 });
  const once = await batchesOf({ batchSize: 4, seed: 3, epoch: 1 }, data);
  expect(twice.map(({ shape }) => shape)).toEqual([8, 8, 4].map((n) => [n, 8, 8, 2]));
  twice.forEach(({ y, index }, i) => {
    expect([...y]).toEqual([...once[i].y].flatMap((each) => [each, each]));
    expect([...index]).toEqual([...once[i].index].flatMap((each) => [2 * each, 2 * each + 1]));
  });
  const different = [0, 2, 4, 6].filter((i) =>
    image(twice[0], i).some((each, j) => each !== image(twice[0], i + 1)[j]),
  );
  expect(different.length).toBeGreaterThan(1);
  expect(await batchesOf({ batchSize: 8, seed: 3, epoch: 1 })).toEqual(twice);
});

it('without a seed gives the images as they are; goes on from an even place', async () => {
  const [plain] = await batchesOf({ batchSize: 20 });
  const [once] = await batchesOf({ batchSize: 10 }, data);
  for (const i of [0, 1]) expect(image(plain, i)).toEqual(image(once, 0));
  const whole = await batchesOf({ batchSize: 4, seed: 1 });
  expect(await batchesOf({ batchSize: 4, seed: 1, from: 8 })).toEqual(whole.slice(2));
});

it('refuses what would part a pair', async () => {
  await expect(batchesOf({ batchSize: 5 })).rejects.toThrow(
    'batches: batchSize must be even, for pairs of views, got 5',
  );
  await expect(batchesOf({ batchSize: 4, from: 3 })).rejects.toThrow('batches: from must be even');
  expect(() => twoViews([] as never, randomCrop({ padding: 1 }))).toThrow('twoViews: data must be Batches');
  expect(() => twoViews(data, {} as never)).toThrow('twoViews: augment must be a function');
});

it('is what consistency is trained on, in parts of pairs too', async () => {
  const objective = trades({ eps: 0.02, steps: 1, consistency: 1 });
  const options = { objective, epochs: 4, batchSize: 8, schedule: constant({ learningRate: 0.02 }) };
  const { epochs } = await fit(handMadeNet({ seed: 1 }), views, { ...options, microBatch: 4 });
  expect(epochs[3].loss).toBeLessThan(epochs[0].loss);
  const odd = fit(handMadeNet({ seed: 1 }), threeShades(9, 1), { ...options, batchSize: 9 });
  await expect(odd).rejects.toThrow('trades: a batch must be pairs of views with consistency');
});
