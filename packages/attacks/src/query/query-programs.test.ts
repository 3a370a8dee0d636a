import { configureOnnx, type OnnxBackend } from '@agoge/backend-onnx';
import { type Attack, fromFunction, uniform } from '@agoge/core';
import {
  backend,
  matMul,
  reshape,
  setBackend,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tensor4d,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { boundaryAttack } from '../boundary';
import { hopSkipJumpAttack } from '../hop-skip-jump';
import { nesAttack } from '../nes';
import { noiseAttack } from '../noise';
import { onePixelAttack } from '../one-pixel';
import { spatialAttack } from '../spatial';
import { spsaAttack } from '../spsa';
import { squareAttack } from '../square';

// Places, sizes and signs go to a program as data: on a backend that compiles, queries of a kind share one.

configureOnnx({ threads: 1 });
beforeAll(() => setBackend('onnx'));

const size = 48;
const x = tensorOf('pixels', 0.3, 0.7);
function tensorOf(stream: string, low: number, high: number) {
  return uniform({ seed: 1, stream }, 3 * size, low, high);
}

describe('on onnx', () => {
  it.each([
    ['square in linf', squareAttack({ eps: 1e-4, queries: 120 })],
    ['square in l2', squareAttack({ norm: 'l2', eps: 1e-4, queries: 120 })],
    ['square in l1', squareAttack({ norm: 'l1', eps: 1e-4, queries: 120 })],
    ['noise', noiseAttack({ eps: 1e-4, queries: 100 })],
    ['nes', nesAttack({ eps: 1e-4, steps: 12, pairs: 6 })],
    ['spsa', spsaAttack({ eps: 1e-4, steps: 12, pairs: 6 })],
    ['hopSkipJump', hopSkipJumpAttack({ steps: 6, firstProbes: 20, tries: 20 })],
    ['boundary', boundaryAttack({ steps: 100, tries: 20 })],
    ['onePixel', onePixelAttack({ population: 10, generations: 10 })],
    ['spatial', spatialAttack({ maxRotation: 1, maxShift: 0.01, poses: 'random', draws: 100 })],
  ] as [string, Attack][])('%s compiles few programs for its many queries', async (_, attack) => {
    const columns = tensor2d(uniform({ seed: 2, stream: 'weights' }, size * 2, -1, 1), [size, 2]);
    const f = fromFunction((images) => matMul(reshape(images, [-1, size]) as Tensor2D, columns), {
      bounds: [0, 1],
      classes: 2,
    });
    const images = tensor4d(x, [3, 6, 4, 2]);
    const logits = (await f(images).array()) as number[][];
    const y = tensor1d(
      logits.map(([a, b]) => Number(b > a)),
      'int32',
    );
    const compiled = () => (backend() as OnnxBackend).report().compiled;
    const before = compiled();
    const result = await attack.run(f, images, y, { seed: 0, index: Float64Array.of(0, 1, 2) });
    expect(Math.max(...result.forwards)).toBeGreaterThan(90);
    expect(compiled() - before).toBeLessThan(30);
    for (const each of [result.x, images, y, columns]) each.dispose();
  });
});
