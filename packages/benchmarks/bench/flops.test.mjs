import '@tensorflow/tfjs-backend-cpu';
import { expect, it } from 'vitest';
import { convolutionFlops, layerFlops, productFlops, stepFlops } from './flops.mjs';
import { build } from './networks.mjs';

it('counts convolutions and products', () => {
  expect(convolutionFlops([32, 32, 64], [3, 3, 3])).toBe(2 * 32 * 32 * 64 * 27);
  expect(productFlops(2, 3, 4)).toBe(48);
});

it('counts LeNet5 as by hand: 416,520 multiplications', () => {
  const counted = layerFlops(build('lenet5'));
  expect(counted).toHaveLength(5);
  const [first, total] = [2 * 117_600, 2 * 416_520];
  expect(counted[0]).toBe(first);
  expect(stepFlops('forward', counted, 128)).toBe(128 * total);
  expect(stepFlops('input gradient', counted, 128)).toBe(256 * total);
  expect(stepFlops('input gradient, weights fed', counted, 1)).toBe(2 * total);
  expect(stepFlops('training step', counted, 1)).toBe(3 * total - first);
});
