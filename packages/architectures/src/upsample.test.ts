import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { normal } from '@agoge/core';
import { grad, mul, setBackend, sum, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { input, model } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { type Upsample, upsample } from './upsample';

const shape = [2, 3, 4, 2];
const random = (stream: string, sizes: number[]) =>
  normal(
    { seed: 1, stream },
    sizes.reduce((a, b) => a * b),
  );

/** Which pixels along an axis make a new one, with their shares: PyTorch's `interpolate`, pixel centres at halves. */
function parts(i: number, length: number, { factor, mode }: Upsample): [pixel: number, share: number][] {
  if (mode === 'nearest') return [[Math.floor(i / factor), 1]];
  const place = Math.max((i + 0.5) / factor - 0.5, 0);
  const before = Math.floor(place);
  return [
    [before, 1 - (place - before)],
    [Math.min(before + 1, length - 1), place - before],
  ];
}

/** In float64: larger images, and the gradient of their sum weighted by `dy`. */
function reference(x: Float32Array, dy: Float32Array, option: Upsample) {
  const [n, height, width, channels] = shape;
  const [rows, columns] = [height * option.factor, width * option.factor];
  const y = new Float64Array(n * rows * columns * channels);
  const dx = new Float64Array(x.length);
  for (let at = 0; at < y.length; at++) {
    const [channel, column] = [at % channels, Math.floor(at / channels) % columns];
    const row = Math.floor(at / channels / columns) % rows;
    const image = Math.floor(at / channels / columns / rows);
    for (const [r, a] of parts(row, height, option)) {
      for (const [c, b] of parts(column, width, option)) {
        const from = ((image * height + r) * width + c) * channels + channel;
        y[at] += a * b * x[from];
        dx[from] += a * b * dy[at];
      }
    }
  }
  return { y, dx };
}

describe.each(['cpu', 'wasm'])('upsample on %s', (backend) => {
  it.each<Upsample>([
    { factor: 2, mode: 'nearest' },
    { factor: 3, mode: 'nearest' },
    { factor: 1, mode: 'bilinear' },
    { factor: 2, mode: 'bilinear' },
    { factor: 3, mode: 'bilinear' },
  ])('gives larger images and their gradient as in float64: %j', async (option) => {
    await setBackend(backend);
    const images = input({ shape: shape.slice(1) });
    const net = model({ inputs: images, outputs: upsample('net', images, option) });
    const larger = [shape[0], shape[1] * option.factor, shape[2] * option.factor, shape[3]];
    expect(net.outputShape).toEqual([null, ...larger.slice(1)]);
    const x = random('x', shape);
    const dy = random('dy', larger);
    const expected = reference(x, dy, option);
    const f = (each: Tensor) => net.apply(each) as Tensor;
    const y = f(tensor(x, shape));
    expect(y.shape).toEqual(larger);
    const dx = grad((each) => sum(mul(f(each), tensor(dy, larger))))(tensor(x, shape));
    for (const [found, right] of [
      [await y.data(), expected.y],
      [await dx.data(), expected.dx],
    ]) {
      right.forEach((value, i) => {
        expect(Math.abs(found[i] - value)).toBeLessThan(1e-5);
      });
    }
  });
});

it('is nothing where it is not asked for', () => {
  const images = input({ shape: [8, 8, 1] });
  expect(upsample('net', images, undefined)).toBe(images);
});
