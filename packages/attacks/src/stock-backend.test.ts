import { repairBackend, useBackend } from '@agoge/backends';
import { BackendError, type Batches, fromFunction } from '@agoge/core';
import {
  argMax,
  avgPool,
  conv2d,
  fused,
  getKernel,
  MaxPoolGrad,
  matMul,
  maxPool,
  memory,
  ones,
  reshape,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { apgd } from './apgd';
import { fgsm } from './fgsm';
import { crossEntropy } from './losses';
import { pgd, pgdAttack } from './pgd';
import { projectedAscent } from './projected-ascent';
import { runAttacks } from './runner/runner';

// What a user meets who brings a backend as TensorFlow.js ships it. In order: the last test repairs it.

beforeAll(async () => {
  await useBackend('wasm', { repair: false });
});

const images = () =>
  tensor4d(
    Float32Array.from({ length: 32 }, (_, i) => (i % 7) / 7),
    [2, 4, 4, 1],
  );
const weights = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i));

const classifier = (features: (x: Tensor4D) => Tensor) =>
  fromFunction(
    (x) => {
      const convolved = conv2d(sub<Tensor4D>(x, 2), ones([3, 3, 1, 2]) as Tensor4D, 1, 'same');
      const flat = reshape(features(convolved), [x.shape[0], -1]) as Tensor2D;
      return matMul(flat, tensor2d(weights.subarray(0, 2 * flat.shape[1]), [flat.shape[1], 2]));
    },
    { bounds: [0, 1], classes: 2 },
  );
const right = {
  'no pooling': classifier((x) => x),
  'average pooling without padding': classifier((x) => avgPool(x, 2, 2, 'valid')),
  'global average pooling': classifier((x) => avgPool(x, 4, 1, 'valid')),
};
const maxima = classifier((x) => maxPool(x, 2, 2, 'valid'));
const wrong = {
  'maximum-below-zero': maxima,
  'padding-counted': classifier((x) => avgPool(x, 3, 2, 'same')),
  // tfjs takes it apart under a gradient: wrong in a forward pass alone.
  'bias-and-activation-of-partial-sums': fromFunction(
    (x) => {
      const a = reshape(x, [x.shape[0], -1]) as Tensor2D;
      const b = tensor2d(weights.subarray(0, 32), [2, 16]);
      return fused.matMul({ a, b, transposeB: true, bias: tensor1d([1, 2]), activation: 'relu' }) as Tensor2D;
    },
    { bounds: [0, 1], classes: 2 },
  ),
};

const attacks = { fgsm, pgd, apgd };
const names = Object.keys(attacks) as (keyof typeof attacks)[];

/** Attacks images that the classifier gets right, so that it needs a gradient; gives the number of gradients. */
async function attacked(name: keyof typeof attacks, f: typeof maxima): Promise<number> {
  const x = images();
  const y = tidy(() => argMax(f(x), 1)) as Tensor1D;
  try {
    const result = await attacks[name](f, x, y, { eps: 0.01 });
    result.x.dispose();
    return Math.min(...result.backwards);
  } finally {
    x.dispose();
    y.dispose();
  }
}

it.each(names.flatMap((name) => Object.entries(right).map(([what, f]) => ({ name, what, f }))))(
  '$name runs on stock wasm with $what',
  async ({ name, f }) => {
    expect(await attacked(name, f)).toBeGreaterThan(0);
  },
);

it.each(names.flatMap((name) => Object.entries(wrong).map(([fault, f]) => ({ name, fault, f }))))(
  '$name stops on stock wasm where the model meets $fault, and names the repair',
  async ({ name, fault, f }) => {
    const before = memory().numTensors;
    const attack = attacked(name, f);
    await expect(attack).rejects.toBeInstanceOf(BackendError);
    await expect(attack).rejects.toThrow(/^probe: on the wasm backend .* call repairBackend\(\) of @agoge\/backends/);
    await expect(attack).rejects.toThrow(`(${fault})`);
    expect(memory().numTensors).toBe(before);
  },
);

it('one step of projectedAscent stops, too', async () => {
  const x = images();
  const y = tensor1d([0, 1], 'int32');
  const before = memory().numTensors;
  const ascent = projectedAscent(maxima, x, (logits) => crossEntropy(logits, y), { eps: 0.1, steps: 1 });
  await expect(ascent).rejects.toThrow('(maximum-below-zero)');
  expect(memory().numTensors).toBe(before);
});

it('of two attacks at once, the one whose model is wrong stops, the other gives the records of running alone', async () => {
  const dense = fromFunction(
    (x) => matMul(reshape(x, [x.shape[0], -1]) as Tensor2D, tensor2d(weights.subarray(0, 32), [16, 2])),
    { bounds: [0, 1], classes: 2 },
  );
  const steps = [pgdAttack({ eps: 0.05, steps: 6 })];
  const run = async (f: typeof dense) => {
    const x = images();
    const y = tidy(() => argMax(f(x), 1));
    const batch = { x: await x.data<'float32'>(), y: await y.data<'int32'>(), shape: x.shape };
    for (const each of [x, y]) each.dispose();
    const data: Batches = {
      ...{ examples: 2, classes: 2, bounds: [0, 1], shape: [4, 4, 1], hash: 'two' },
      async *batches() {
        yield { ...batch, index: Float64Array.of(0, 1) };
      },
    };
    return (await runAttacks(f, data, steps, { batchSize: 2 })).records;
  };
  const alone = await run(dense);
  expect(alone.every(({ backwards }) => backwards > 0)).toBe(true);
  // A function that nothing is known of yet.
  const config = getKernel(MaxPoolGrad, 'wasm');
  const { kernelFunc: stock } = config;
  config.kernelFunc = (call) => stock(call);
  const [first, second, third] = await Promise.allSettled([run(maxima), run(dense), run(maxima)]);
  config.kernelFunc = stock;
  expect([first.status, second.status, third.status]).toEqual(['rejected', 'fulfilled', 'rejected']);
  expect(second).toEqual({ status: 'fulfilled', value: alone });
  expect(first).toEqual({ status: 'rejected', reason: expect.any(BackendError) });
});

it.each(Object.keys(wrong))('once the backend is repaired, the model that met %s is attacked', async (fault) => {
  repairBackend();
  for (const name of names) {
    expect(await attacked(name, wrong[fault as keyof typeof wrong])).toBeGreaterThan(0);
  }
});
