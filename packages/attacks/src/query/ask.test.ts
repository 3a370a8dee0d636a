import '@tensorflow/tfjs-backend-cpu';
import { type BlackBox, blackBox } from '@agoge/core';
import { memory, type Tensor1D, type Tensor2D, tensor1d, tensor2d, tensor4d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { noise } from '../noise';
import { ask } from './ask';

const x = tensor4d([0.1, 0.2, 0.3], [3, 1, 1, 1]);
const boxOf = (output: BlackBox['output'], told: () => Tensor2D | Tensor1D, seen: number[][] = []) =>
  blackBox(
    async (images) => {
      seen.push([...(await images.data())]);
      return told();
    },
    { bounds: [0, 1], classes: 2, output },
  );

describe('ask', () => {
  it('makes scores of probabilities and labels', async () => {
    const some = boxOf('probabilities', () => tensor2d([0.25, 0.75, 1, 0, 0.5, 0.5], [3, 2]));
    const logs = await (await ask('test', some, x)).array();
    expect(logs[0][1] - logs[0][0]).toBeCloseTo(Math.log(3), 6);
    expect(logs[1][1]).toBeCloseTo(Math.log(1e-30), 3);
    const labels = boxOf('labels', () => tensor1d([1, 0, 1], 'int32'));
    expect(await (await ask('test', labels, x)).array()).toEqual([
      [0, 1],
      [1, 0],
      [0, 1],
    ]);
  });

  it('asks a black box for the images that are meant alone, and leaves nothing behind', async () => {
    const seen: number[][] = [];
    const box = boxOf('logits', () => tensor2d([1, 2, 3, 4], [2, 2]), seen);
    const before = memory().numTensors;
    const scores = await ask('test', box, x, 2);
    expect(memory().numTensors).toBe(before + 1);
    expect(seen[0]).toHaveLength(2);
    expect(await scores.array()).toEqual([
      [1, 2],
      [3, 4],
      [1, 2],
    ]);
    scores.dispose();
  });

  it.each([
    ['logits', () => tensor2d([1, 2], [1, 2]), "noise: the black box's answer must have shape [3, 2], got [1, 2]"],
    ['labels', () => tensor2d([1, 2, 1], [3, 1]), "noise: the black box's answer must have shape [3], got [3, 1]"],
    ['labels', () => tensor1d([0, 2, 1]), 'noise: the black box must answer with labels from 0 to 1, got 2'],
    [
      'probabilities',
      () => tensor2d([0, 1, 0, 1, -3, 4], [3, 2]),
      'noise: the black box must answer with probabilities from 0 to 1, got -3',
    ],
    [
      'logits',
      () => tensor2d([0, 1, 1, 0, 0.5, 0.5], [3, 2]),
      'noise: the classifier must return logits, but every row of its output is a probability distribution',
    ],
  ] as const)('an answer of %s that is none is refused, and nothing leaks', async (output, told, message) => {
    const before = memory().numTensors;
    const y = tensor1d([0, 0, 0], 'int32');
    await expect(noise(boxOf(output, told), x, y, { eps: 0.1 })).rejects.toThrow(message);
    y.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
