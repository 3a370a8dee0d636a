import { normal, signs, uniform } from '@agoge/core';
import { type Dataset, fromArrays } from '@agoge/datasets';

/**
 * Two classes with one pixel that tells them apart by a wide margin, 9 times of 10, and 63 that each tell them apart by a
 * hair: together these are nearly always right, and a perturbation of 0.1 turns all of them around (Tsipras et al. 2019).
 */
export function wideAndNarrow(examples: number, seed: number): Dataset {
  const y = Int32Array.from(signs({ seed, stream: 'label' }, examples), (sign) => (sign > 0 ? 1 : 0));
  const x = new Float32Array(examples * 64);
  y.forEach((label, i) => {
    const sign = label === 1 ? 1 : -1;
    const noise = normal({ seed, index: i, stream: 'noise' }, 64);
    const [right] = uniform({ seed, index: i, stream: 'right' }, 1);
    noise.forEach((each, j) => {
      const mean = j === 0 ? 0.25 * sign * (right < 0.9 ? 1 : -1) : 0.05 * sign;
      x[i * 64 + j] = Math.min(1, Math.max(0, 0.5 + mean + (j === 0 ? 0.02 : 0.12) * each));
    });
  });
  return fromArrays({ x, shape: [examples, 8, 8, 1], y, classes: 2, bounds: [0, 1] });
}

/** Three classes for the hand-made net: images `[8, 8, 2]` that differ in how bright each half and channel is. */
export function threeShades(examples: number, seed: number): Dataset {
  const y = Int32Array.from({ length: examples }, (_, i) => i % 3);
  const x = new Float32Array(examples * 128);
  y.forEach((label, i) => {
    normal({ seed, index: i, stream: 'shade' }, 128).forEach((each, j) => {
      const bright = label === 0 ? j % 2 : label === 1 ? (j + 1) % 2 : Number(j < 64);
      x[i * 128 + j] = Math.min(1, Math.max(0, 0.3 + 0.4 * bright + 0.1 * each));
    });
  });
  return fromArrays({ x, shape: [examples, 8, 8, 2], y, classes: 3, bounds: [0, 1] });
}
