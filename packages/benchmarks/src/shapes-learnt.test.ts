import { constant, fit, standard } from '@agoge/adv-train';
import { smallCnn } from '@agoge/architectures';
import { useBackend } from '@agoge/backends';
import { fromLayersModel } from '@agoge/core';
import { shapes } from '@agoge/datasets';
import { argMax, cast, equal, mean, tensor1d, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';

const options = { size: 16, channels: 1, classes: 4, noise: 0.02 } as const;

/** Accuracy on new images after some training. */
async function learnt(net: LayersModel, epochs: number): Promise<number> {
  const f = fromLayersModel(net, { bounds: [0, 1] });
  const schedule = constant({ learningRate: 0.05 });
  await fit(f, shapes({ ...options, examples: 4000 }), { objective: standard(), epochs, batchSize: 50, schedule });
  for await (const batch of shapes({ ...options, examples: 400, split: 'test' }).batches({ batchSize: 400 })) {
    return tidy(() => {
      const right = equal(argMax(f(tensor4d(batch.x, batch.shape)), 1), tensor1d(batch.y, 'int32'));
      return mean(cast(right, 'float32')).dataSync()[0];
    });
  }
  throw new Error('no batch');
}

const full = process.env.AGOGE_TEST === 'full';
beforeAll(async () => {
  if (full) await useBackend('auto');
});

it.runIf(full)(
  'shapes: a small convolutional network learns them (AGOGE_TEST=full)',
  async () => {
    const net = smallCnn({ inputShape: [16, 16, 1], classes: 4, width: 8, normalization: 'batch' });
    expect(await learnt(net, 12)).toBeGreaterThan(0.7);
  },
  600_000,
);

it.runIf(full)(
  'shapes: a linear classifier does not (AGOGE_TEST=full)',
  async () => {
    const net = sequential({ layers: [layers.flatten({ inputShape: [16, 16, 1] }), layers.dense({ units: 4 })] });
    expect(await learnt(net, 12)).toBeLessThan(0.4);
  },
  600_000,
);
