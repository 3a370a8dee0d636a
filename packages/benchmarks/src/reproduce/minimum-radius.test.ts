import { useBackend } from '@agoge/backends';
import { type Classifier, fromFunction } from '@agoge/core';
import {
  matMul,
  memory,
  reshape,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor2d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { empiricalLipschitz, featureDifference } from './local-changes';
import { minimumRadius } from './minimum-radius';

beforeAll(() => useBackend('cpu'));

const slopes = [0.5, -1, 0.25, 2];
const norm = 3.75;
/** Two classes; the margin of the first is `slopes . x`. */
const linear = (): Classifier =>
  fromFunction(
    (x: Tensor4D) => {
      const weights = tensor2d(slopes.map((slope) => [slope, 0]));
      return matMul(reshape(x, [-1, 4]), weights) as Tensor2D;
    },
    { classes: 2, bounds: [-10, 10] },
  );

/** The search in float64, on a model whose margin falls by `norm` for each unit that PGD moves. */
function searchByHand(margin: number, { from = 0.05, steps = 4, stepSize = 0.0078, rounds = 20 }): number {
  let radius = from;
  for (let round = 0; round < rounds; round++) {
    const reached = Math.min(radius, (steps * stepSize) / 2 ** round);
    radius += (margin > norm * reached ? 1 : -1) * (from / 2 ** (round + 1));
  }
  return radius;
}

describe('minimumRadius', () => {
  it('is that of the same search done by hand on a linear model', async () => {
    const distances = [0.001, 0.004, 0.0071, 0.0131, 0.029, 0.06];
    // The margin of x = t * ones is 1.75 t.
    const x = tensor4d(
      distances.flatMap((each) => Array(4).fill((each * norm) / 1.75)),
      [6, 2, 2, 1],
    );
    const y = tensor1d(Array(6).fill(0), 'int32');
    const before = memory().numTensors;
    const found = await minimumRadius(linear(), x, y);
    expect(memory().numTensors).toBe(before);
    distances.forEach((each, i) => {
      expect(found[i]).toBeCloseTo(searchByHand(each * norm, {}), 5);
    });
    // With steps that reach everywhere in every round it is the distance to the boundary itself.
    const thorough = await minimumRadius(linear(), x, y, { stepSize: 1e6, rounds: 18 });
    distances.forEach((each, i) => {
      expect(Math.abs(thorough[i] - each)).toBeLessThan(1e-6);
    });
  });

  it('has none of an image that is wrong as it is', async () => {
    const x = tensor4d([1, 1, 1, 1], [1, 2, 2, 1]);
    expect([...(await minimumRadius(linear(), x, tensor1d([1], 'int32')))]).toEqual([NaN]);
  });

  it('refuses what is no step', async () => {
    const x = tensor4d([1, 1, 1, 1], [1, 2, 2, 1]);
    await expect(minimumRadius(linear(), x, tensor1d([0], 'int32'), { steps: 0 })).rejects.toThrow(
      'minimumRadius: steps must be an integer >= 1, got 0',
    );
  });
});

describe('changes between images and their perturbed forms', () => {
  const images = () => [
    tensor4d([0, 0, 0, 0, 1, 1, 1, 1], [2, 2, 2, 1]),
    tensor4d([0.1, 0, 0, 0.05, 1, 1.1, 1, 1], [2, 2, 2, 1]),
  ];

  it('empirical Lipschitz: the logits of a linear model over the largest move, by images', async () => {
    const [x, perturbed] = images();
    // Moves of the margin: 0.5 * 0.1 + 2 * 0.05 = 0.15, and -0.1.
    expect(await empiricalLipschitz(linear(), x, perturbed)).toBeCloseTo((0.15 + 0.1) / 0.1 / 2, 5);
  });

  it('features: the mean over images of l2 norms', async () => {
    const [x, perturbed] = images();
    const before = memory().numTensors;
    const found = await featureDifference((each) => each, x, perturbed);
    expect(found).toBeCloseTo((Math.hypot(0.1, 0.05) + 0.1) / 2, 6);
    expect(memory().numTensors).toBe(before);
  });
});
