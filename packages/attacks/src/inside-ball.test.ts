import { type NormName, uniform } from '@agoge/core';
import { expect, it } from 'vitest';
import { drawInside, sizeOf } from './inside-ball';

it.each([
  ['linf', 3],
  ['l2', Math.sqrt(14)],
  ['l1', 6],
] as [NormName, number][])('sizeOf is the %s norm', (norm, size) => {
  expect(sizeOf(norm, Float32Array.of(2, 0, 4), Float32Array.of(1, 2, 1))).toBeCloseTo(size, 12);
});

it.each(['linf', 'l2', 'l1'] as const)('drawInside puts back what rounding put outside, in %s', (norm) => {
  // Pixels up to 255 and a small eps: float32 cannot hold center + eps.
  const center = uniform({ seed: 1, stream: 'center' }, 300, 0, 255);
  const noise = uniform({ seed: 1, stream: 'noise' }, 300, -1, 1);
  const size = sizeOf(norm, noise, new Float32Array(300));
  const eps = 1;
  const x = center.map((each, i) => each + (noise[i] * eps * (1 + 1e-3)) / size);
  expect(sizeOf(norm, x, center)).toBeGreaterThan(eps * (1 + 1e-6));
  const before = x.slice();
  const reported = drawInside(norm, x, center, eps);
  expect(reported).toBe(sizeOf(norm, x, center));
  expect(reported).toBeLessThanOrEqual(eps * (1 + 1e-6));
  expect(reported).toBeGreaterThan(eps * 0.99);
  expect(sizeOf('linf', x, before)).toBeLessThan(2e-3);
});

it('drawInside leaves what is inside, to the bit', () => {
  const x = Float32Array.of(0.1, 0.3);
  expect(drawInside('linf', x, Float32Array.of(0.1, 0), 0.3)).toBe(Math.fround(0.3));
  expect(x).toEqual(Float32Array.of(0.1, 0.3));
});

it('drawInside at eps 0 gives the clean image', () => {
  const x = Float32Array.of(0.1000001, 0.5);
  expect(drawInside('l2', x, Float32Array.of(0.1, 0.5), 0)).toBe(0);
  expect(x).toEqual(Float32Array.of(0.1, 0.5));
});
