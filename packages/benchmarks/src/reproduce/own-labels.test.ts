import { useBackend } from '@agoge/backends';
import { fromFunction } from '@agoge/core';
import { fromArrays } from '@agoge/datasets';
import { concat, reshape, sub, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { withLabelsOf } from './own-labels';

it('gives images the classes that a model says, and another hash; images and numbers stay', async () => {
  await useBackend('cpu');
  const x = Float32Array.from([0.1, 0.9, 0.4, 0.6]);
  const data = fromArrays({ x, shape: [4, 1, 1, 1], y: Int32Array.from([1, 1, 0, 0]), classes: 2 });
  // Class 1 from 0.5 on.
  const f = fromFunction(
    (images: Tensor4D) => {
      const level = reshape(images, [-1, 1]);
      return concat([sub(0.5, level), sub(level, 0.5)], 1) as Tensor2D;
    },
    { classes: 2, bounds: [0, 1] },
  );
  const labelled = await withLabelsOf(f, data);
  expect([...labelled.labels]).toEqual([0, 1, 0, 1]);
  expect(labelled.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(labelled.hash).not.toBe(data.hash);
  for await (const batch of labelled.batches({ batchSize: 4 })) {
    expect(batch.x).toEqual(x);
    expect([[...batch.y], [...batch.index]]).toEqual([
      [0, 1, 0, 1],
      [0, 1, 2, 3],
    ]);
  }
  const three = fromArrays({ x, shape: [4, 1, 1, 1], y: new Int32Array(4), classes: 3 });
  await expect(withLabelsOf(f, three)).rejects.toThrow(
    "withLabelsOf: f must be a model of the data's 3 classes, got 2",
  );
});
