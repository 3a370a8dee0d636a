import '@tensorflow/tfjs-backend-cpu';
import { flatNetwork, words } from '@agoge/core';
import { setBackend, sum, type Tensor, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { MaxPooling2D } from '../max-pool';
import { Upsampling2D } from '../upsample';
import { type ReceptiveField, receptiveFields } from './receptive-field';
import type { Range } from './sight';

beforeAll(async () => {
  await setBackend('cpu');
});

type Body = (x: SymbolicTensor) => SymbolicTensor;
const [height, width] = [20, 18];
const built = (body: Body) => {
  const x = input({ shape: [height, width, 1] });
  return model({ inputs: x, outputs: body(x) });
};
const stack =
  (...all: layers.Layer[]): Body =>
  (x) =>
    all.reduce((y, layer) => layer.apply(y) as SymbolicTensor, x);

const lastOf = (network: LayersModel) => {
  const flat = flatNetwork(network);
  return receptiveFields(flat).get(flat.outputs[0].use);
};

/** Weights 1, no biases: a bright pixel on black is then seen wherever it can be. */
const plain = { useBias: false, kernelInitializer: 'ones', depthwiseInitializer: 'ones' } as const;
const separable = { useBias: false, depthwiseInitializer: 'ones', pointwiseInitializer: 'ones' } as const;

/**
 * What each row and each column of the output is made of, found by trying: of one image for each pixel, that one alone bright.
 */
async function tried(network: LayersModel): Promise<[rows: Range[], columns: Range[]]> {
  const pixels = height * width;
  const images = new Float32Array(pixels ** 2);
  for (let i = 0; i < pixels; i++) images[i * (pixels + 1)] = 1;
  const y = tidy(() => sum(network.predict(tensor4d(images, [pixels, height, width, 1])) as Tensor, 3));
  const [, rows, columns] = y.shape;
  const values = await y.data();
  const found: [Range[], Range[]] = [[], []];
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let at = 0; at < rows * columns; at++) {
      if (values[pixel * rows * columns + at] <= 0) continue;
      const [row, column] = [Math.floor(at / columns), at % columns];
      widen(found[0], row, Math.floor(pixel / width));
      widen(found[1], column, pixel % width);
    }
  }
  return found;
}

function widen(ranges: Range[], at: number, pixel: number): void {
  const [first, last] = ranges[at] ?? [pixel, pixel];
  ranges[at] = [Math.min(first, pixel), Math.max(last, pixel)];
}

/** Compares along both axes, wherever a field lies within the image; there must be such positions. */
async function expectAsTried(network: LayersModel): Promise<void> {
  const field = lastOf(network) as ReceptiveField;
  const found = await tried(network);
  for (const axis of [0, 1] as const) {
    const [size, jump, start] = [field.size[axis], field.jump[axis], field.start[axis]];
    const within = found[axis].flatMap((range, p): [Range, Range][] => {
      const expected: Range = [start + p * jump, start + p * jump + size - 1];
      return expected[0] >= 0 && expected[1] < [height, width][axis] ? [[range, expected]] : [];
    });
    expect(within.length).toBeGreaterThan(0);
    for (const [range, expected] of within) expect(range).toEqual(expected);
  }
}

/** A layer of somebody else, of two convolutions. */
class Foreign extends layers.Layer {
  static readonly className = 'Foreign';
  private readonly both = [1, 2].map((i) =>
    layers.conv2d({ name: `c${i}`, filters: 1, kernelSize: [3, 5], padding: 'same', ...plain }),
  );
  override build(shape: Parameters<layers.Layer['build']>[0]) {
    for (const each of this.both) {
      each.build(shape);
      this._trainableWeights.push(...each.trainableWeights);
    }
    super.build(shape);
  }
  override call(x: Tensor | Tensor[]) {
    return this.both.reduce((y, each) => each.call(y, {}) as Tensor, x as Tensor);
  }
}

describe('the receptive field', () => {
  const conv = (options: object) => layers.conv2d({ filters: 1, kernelSize: 3, ...plain, ...options });
  it.each<[string, Body]>([
    ['a convolution', stack(conv({}))],
    ['uneven kernels and strides', stack(conv({ kernelSize: [4, 2], strides: [1, 3], padding: 'same' }))],
    [
      "TensorFlow's padding, which is not symmetric",
      stack(conv({ strides: 2, padding: 'same' }), conv({ strides: 2, padding: 'same' })),
    ],
    ['dilation', stack(conv({ dilationRate: [2, 3] }), conv({ padding: 'same', dilationRate: 2 }))],
    [
      'padding before and cropping after',
      stack(
        layers.zeroPadding2d({
          padding: [
            [1, 3],
            [2, 0],
          ],
        }),
        conv({ strides: 2 }),
        layers.cropping2D({
          cropping: [
            [1, 0],
            [2, 1],
          ],
        }),
      ),
    ],
    [
      'depthwise and separable convolutions',
      stack(
        layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: 'same', ...plain }),
        layers.separableConv2d({ filters: 1, kernelSize: 3, ...separable }),
      ),
    ],
    [
      'pooling',
      stack(
        layers.maxPooling2d({ poolSize: 3, strides: 2 }),
        layers.averagePooling2d({ poolSize: 2, padding: 'same' }),
      ),
    ],
    ['pooling padded as in PyTorch', stack(new MaxPooling2D({ name: 'p', size: 3, strides: 2, padding: 1 }), conv({}))],
    [
      'activations and normalisation',
      stack(conv({}), layers.reLU(), layers.batchNormalization(), layers.dropout({ rate: 0.5 }), conv({})),
    ],
    ['a linear layer at each position', stack(conv({}), layers.dense({ units: 2, kernelInitializer: 'ones' }))],
    ["somebody else's convolutions", stack(new Foreign({}), conv({}))],
    [
      'the longer of two branches',
      (x) => {
        const long = stack(
          conv({ padding: 'same' }),
          conv({ strides: 2, padding: 'same' }),
          conv({ padding: 'same' }),
        )(x);
        return layers
          .add()
          .apply([
            conv({ kernelSize: 1, strides: 2, padding: 'same' }).apply(x) as SymbolicTensor,
            long,
          ]) as SymbolicTensor;
      },
    ],
    [
      'branches that look to different sides',
      (x) => {
        const shifted = (sides: [[number, number], [number, number]]) =>
          stack(layers.zeroPadding2d({ padding: sides }), conv({}))(x);
        const both = [
          shifted([
            [2, 0],
            [0, 2],
          ]),
          shifted([
            [0, 2],
            [1, 1],
          ]),
        ];
        return layers.concatenate().apply(both) as SymbolicTensor;
      },
    ],
    [
      'a layer shared between depths',
      (x) => {
        const shared = conv({ padding: 'same' });
        return stack(shared, shared, shared)(x);
      },
    ],
  ])('of %s is what lights up', async (_, body) => {
    await expectAsTried(built(body));
  });

  it('of stacks drawn at random is what lights up', async () => {
    for (let seed = 0; seed < 12; seed++) {
      const numbers = words({ seed, stream: 'stacks' }, 40);
      let at = 0;
      const upTo = (n: number) => 1 + (numbers[at++] % n);
      const padding = () => (upTo(2) === 1 ? 'same' : 'valid') as 'same' | 'valid';
      const drawn = Array.from({ length: upTo(3) }, () => {
        const pair = (): [number, number] => [upTo(3), upTo(3)];
        const strides: [number, number] = [upTo(2), upTo(2)];
        if (upTo(3) === 1) return layers.maxPooling2d({ poolSize: pair(), strides, padding: padding() });
        return conv({ kernelSize: pair(), strides, padding: padding() });
      });
      await expectAsTried(built(stack(...drawn)));
    }
  });

  it.each<[string, Body, size: number, jump: number]>([
    ['three of twice as many', stack(layers.upSampling2d({ size: [2, 2] }), conv({})), 2, 1 / 2],
    ['four of three times as many', stack(new Upsampling2D({ factor: 3 }), conv({ kernelSize: 4 })), 2, 1 / 3],
    ['five of three times as many', stack(new Upsampling2D({ factor: 3 }), conv({ kernelSize: 5 })), 3, 1 / 3],
    ['bilinear ones', stack(new Upsampling2D({ factor: 2, mode: 'bilinear' }), conv({})), 3, 1 / 2],
    [
      'bilinear ones of tfjs',
      stack(layers.upSampling2d({ size: [2, 2], interpolation: 'bilinear' }), conv({})),
      3,
      1 / 2,
    ],
    [
      'a transposed convolution',
      stack(layers.conv2dTranspose({ filters: 1, kernelSize: 4, strides: 2, padding: 'same', ...plain })),
      2,
      1 / 2,
    ],
    [
      'one that overlaps more',
      stack(layers.conv2dTranspose({ filters: 1, kernelSize: 5, strides: 2, ...plain }), conv({})),
      4,
      1 / 2,
    ],
    ['made larger, then smaller', stack(new Upsampling2D({ factor: 2 }), conv({ strides: 2, padding: 'same' })), 2, 1],
    ['enlarged behind a convolution', stack(conv({}), layers.upSampling2d({ size: [2, 2] }), conv({})), 4, 1 / 2],
  ])('behind upsampling is the largest that lights up: %s', async (_, body, size, jump) => {
    const network = built(body);
    const field = lastOf(network) as ReceptiveField;
    expect(field.size).toEqual([size, size]);
    expect(field.jump[0]).toBeCloseTo(jump, 12);
    const sizes = (await tried(network)).map((ranges) => Math.max(...ranges.map(([first, last]) => last - first + 1)));
    expect(sizes).toEqual([size, size]);
  });

  it('is all behind what mixes positions, and where a gate sees the whole map', () => {
    const gate: Body = (x) => {
      const mean = layers.globalAveragePooling2d({}).apply(x);
      const one = stack(layers.reshape({ targetShape: [1, 1, 1] }), conv({ kernelSize: 1 }))(mean as SymbolicTensor);
      return layers.multiply().apply([x, one]) as SymbolicTensor;
    };
    for (const body of [
      gate,
      stack(layers.flatten(), layers.dense({ units: 2 })),
      stack(layers.permute({ dims: [2, 1, 3] })),
    ]) {
      expect(lastOf(built(body))).toBe('all');
    }
  });
});
