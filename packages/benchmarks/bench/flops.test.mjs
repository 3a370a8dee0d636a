import { expect, it } from 'vitest';
import { convolutionFlops, layerFlops, productFlops, stepFlops } from './flops.mjs';

const layer = (kind, outputShape, ...weights) => ({
  getClassName: () => kind,
  outputShape,
  weights: weights.map((shape) => ({ shape })),
});

it('counts convolutions and products', () => {
  expect(convolutionFlops([32, 32, 64], [3, 3, 3])).toBe(2 * 32 * 32 * 64 * 27);
  expect(productFlops(2, 3, 4)).toBe(48);
});

it('counts LeNet5 as by hand: 416,520 multiplications', () => {
  const layers = [
    layer('InputLayer', [null, 28, 28, 1]),
    layer('Conv2D', [null, 28, 28, 6], [5, 5, 1, 6], [6]),
    layer('MaxPooling2D', [null, 14, 14, 6]),
    layer('Conv2D', [null, 10, 10, 16], [5, 5, 6, 16], [16]),
    layer('Dense', [null, 120], [400, 120], [120]),
    layer('Dense', [null, 84], [120, 84], [84]),
    layer('Dense', [null, 10], [84, 10], [10]),
  ];
  const counted = layerFlops(layers);
  expect(counted).toHaveLength(5);
  const [first, total] = [2 * 117_600, 2 * 416_520];
  expect(counted[0]).toBe(first);
  expect(stepFlops('forward', counted, 128)).toBe(128 * total);
  expect(stepFlops('input gradient', counted, 128)).toBe(256 * total);
  expect(stepFlops('input gradient, weights fed', counted, 1)).toBe(2 * total);
  expect(stepFlops('training step', counted, 1)).toBe(3 * total - first);
});
