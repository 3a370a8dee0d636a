import '@tensorflow/tfjs-backend-cpu';
import { type Batch, type Batches, ensureGradients } from '@agoge/core';
import { cutMix, mix } from '@agoge/datasets';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { threeShades } from '../test/features';
import { handMadeNet } from '../test/hand-made-net';
import { smoothedExtra } from './extra-smoothing';
import { standard } from './objectives/standard';
import { train } from './train';

beforeAll(async () => {
  await setBackend('cpu');
  await ensureGradients();
});

const batch = (more: Partial<Batch> = {}): Batch => ({
  ...{ x: new Float32Array(3), shape: [3, 1, 1, 1], y: Int32Array.of(2, 0, 1), index: Float64Array.of(0, 1, 2) },
  ...more,
});
const rows = (values: Float32Array | undefined) => [...(values ?? [])].map((each) => Math.round(each * 1e6) / 1e6);

it('mixes the targets of extra examples with the uniform distribution, and leaves the others', () => {
  const hard = smoothedExtra(batch({ extra: Uint8Array.of(1, 0, 1) }), 4, 0.2);
  expect(rows(hard.target)).toEqual([0.05, 0.05, 0.85, 0.05, 1, 0, 0, 0, 0.05, 0.85, 0.05, 0.05]);
  const target = Float32Array.of(0.5, 0.5, 0.25, 0.75, 0, 1);
  const soft = smoothedExtra(batch({ target, extra: Uint8Array.of(0, 1, 0) }), 2, 0.1);
  expect(rows(soft.target)).toEqual([0.5, 0.5, 0.275, 0.725, 0, 1]);
  expect(rows(target)).toEqual([0.5, 0.5, 0.25, 0.75, 0, 1]);
});

it('leaves a batch as it is where none is extra, or nothing is to be mixed', () => {
  for (const each of [batch(), batch({ extra: new Uint8Array(3) })]) expect(smoothedExtra(each, 3, 0.2)).toBe(each);
  const extra = batch({ extra: Uint8Array.of(1, 1, 1) });
  expect(smoothedExtra(extra, 3, 0)).toBe(extra);
});

const losses = async (
  data: Batches,
  options: { extraSmoothing?: number; labelSmoothing?: number; microBatch?: number },
) => {
  const { labelSmoothing = 0, ...more } = options;
  const reports: number[] = [];
  const run = { objective: standard({ labelSmoothing }), epochs: 1, batchSize: 8, ...more };
  for await (const { loss } of train(handMadeNet({ seed: 3 }), data, run)) reports.push(loss);
  return reports;
};

it('of data that are mixed is on the generated share alone; of generated data as smoothing of all', async () => {
  const [real, generated] = [threeShades(16, 1), threeShades(16, 2)];
  const mixed = mix(real, generated, { fraction: 0.5, examples: 16 });
  const [none, half, all] = [
    await losses(mixed, {}),
    await losses(mixed, { extraSmoothing: 0.3 }),
    await losses(mixed, { labelSmoothing: 0.3 }),
  ];
  expect(half[0]).not.toBeCloseTo(none[0], 4);
  expect(half[0]).not.toBeCloseTo(all[0], 4);
  expect(await losses(real, { extraSmoothing: 0.3 })).toEqual(await losses(real, {}));
  const marked: Batches = {
    ...generated,
    hash: 'marked',
    async *batches(options) {
      for await (const each of generated.batches(options))
        yield { ...each, extra: new Uint8Array(each.y.length).fill(1) };
    },
  };
  const [ofExtra, ofAll] = [
    await losses(marked, { extraSmoothing: 0.3 }),
    await losses(marked, { labelSmoothing: 0.3 }),
  ];
  ofExtra.forEach((each, i) => {
    expect(each).toBeCloseTo(ofAll[i], 5);
  });
});

it('goes through soft targets of a mixing augmentation, and through parts', async () => {
  const mixed = mix(cutMix(threeShades(16, 1)), threeShades(16, 2), { examples: 16 });
  const [plain, soft] = [
    await losses(mixed, { microBatch: 4 }),
    await losses(mixed, { microBatch: 4, extraSmoothing: 0.3 }),
  ];
  expect(soft[0]).not.toBeCloseTo(plain[0], 4);
});
