import '@tensorflow/tfjs-backend-cpu';
import { normal } from '@agoge/core';
import { grad, mul, setBackend, sum, type Tensor, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import { input, model } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, it } from 'vitest';
import { MaxPooling2D, maxPool } from './max-pool';

beforeAll(async () => {
  await setBackend('cpu');
});

it.each([
  [8, 3, 2, 1],
  [7, 3, 2, 1],
  [6, 3, 1, 1],
  [6, 5, 3, 2],
  [6, 2, 2, 0],
])(
  'takes the largest of what lies in the image: %d pixels, windows of %d every %d, padding %d',
  async (length, size, strides, padding) => {
    const images = input({ shape: [length, length, 1] });
    const net = model({ inputs: images, outputs: maxPool(images, { name: 'pool', size, strides, padding }) });
    const values = normal({ seed: 1, stream: 'x' }, length ** 2).map((each) => each - 5); // all below the padding's 0
    const out = Math.floor((length + 2 * padding - size) / strides) + 1;
    expect(net.outputShape).toEqual([null, out, out, 1]);

    const [expected, slopes] = [[] as number[], new Array<number>(length ** 2).fill(0)];
    for (let at = 0; at < out ** 2; at++) {
      const [row, column] = [Math.floor(at / out), at % out].map((each) => each * strides - padding);
      const inside = Array.from({ length: size ** 2 }, (_, i) => [row + Math.floor(i / size), column + (i % size)])
        .filter((place) => place.every((each) => each >= 0 && each < length))
        .map(([r, c]) => r * length + c);
      const best = inside.reduce((a, b) => (values[b] > values[a] ? b : a));
      expected.push(values[best]);
      slopes[best] += at + 1;
    }
    const x = tensor4d(values, [1, length, length, 1]);
    const y = net.apply(x) as Tensor;
    expect([...(await y.data())]).toEqual(expected);
    const dy = tensor4d(
      expected.map((_, i) => i + 1),
      [1, out, out, 1],
    );
    const dx = grad((each) => sum(mul(net.apply(each) as Tensor4D, dy)))(x);
    expect([...(await dx.data())]).toEqual(slopes);
  },
);

it('refuses a padding as wide as its windows', () => {
  expect(() => new MaxPooling2D({ name: 'pool', size: 2, padding: 2 })).toThrow(
    'maxPooling2d: padding must be an integer >= 0 and <= 1, got 2',
  );
});
