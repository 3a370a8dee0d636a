import { existsSync, readFileSync } from 'node:fs';
import '@tensorflow/tfjs-layers';
import {
  add,
  avgPool,
  batchNorm,
  conv2d,
  depthwiseConv2d,
  fused,
  grad,
  grads,
  image,
  logSoftmax,
  losses,
  maxPool,
  mean,
  moments,
  oneHot,
  pad,
  Reduction,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compare } from '../conformance/compare';
import {
  batchStatisticsGradient,
  normalizationGradients,
  normalized,
  statistics,
} from '../conformance/float64/batch-normalization';
import { type Convolution, convolve, filterGradient, inputGradient } from '../conformance/float64/convolution';
import { apply, pullBack } from '../conformance/float64/linear-map';
import { averagePooled, averagePoolGradient, maxPooled, maxPoolGradient } from '../conformance/float64/pooling';
import { leftGradient, product, rightGradient } from '../conformance/float64/product';
import { resized } from '../conformance/float64/resize';
import { explicit, type Padding, type Window } from '../conformance/float64/windows';
import { useBackend } from '../use-backend';

interface GoldenCase {
  name: string;
  op: string;
  padding: string;
  pads: { top: number; bottom: number; left: number; right: number };
  size: number;
  strides: number;
  count_include_pad?: boolean;
  transposeA: boolean;
  transposeB: boolean;
  activation: 'linear' | 'relu';
  training: boolean;
  epsilon: number;
  mode: 'nearest' | 'bilinear';
  scale: number;
  label_smoothing: number;
  [tensor: string]: unknown;
}

type Numbers = Record<string, ArrayLike<number>>;

/** One operation of the file: its values and gradients, by their names there. */
interface Operation {
  tfjs(golden: GoldenCase, read: (name: string) => Tensor): Record<string, Tensor>;
  /** Absent where the suite has no loop: log-softmax and cross entropy are closed forms. */
  float64?(golden: GoldenCase, read: (name: string) => number[]): Numbers;
}

/** The gradients of an operation by its inputs, under the names that the file has for them. */
function withGradients(
  run: (...inputs: Tensor[]) => Tensor,
  inputs: Record<string, Tensor>,
  dy: Tensor,
): Record<string, Tensor> {
  const each = Object.values(inputs);
  const gradients = grads(run)(each, dy);
  return { y: run(...each), ...Object.fromEntries(Object.keys(inputs).map((name, i) => [name, gradients[i]])) };
}

function padding({ padding, pads: { top, bottom, left, right } }: GoldenCase): Padding {
  return padding === 'explicit' ? explicit(top, bottom, left, right) : (padding as Padding);
}

function shapeOf(value: unknown): number[] {
  return Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : [];
}
const shape4d = (value: unknown) => shapeOf(value) as [number, number, number, number];

/** The sum of each channel, the last axis. */
function channelSums(x: ArrayLike<number>, channels: number): Float64Array {
  const sums = new Float64Array(channels);
  Array.from(x).forEach((each, at) => {
    sums[at % channels] += each;
  });
  return sums;
}

function convolution(depthwise: boolean): Operation {
  return {
    tfjs(golden, read) {
      const op = depthwise ? depthwiseConv2d : conv2d;
      const run = (x: Tensor, w: Tensor, b: Tensor) =>
        add(op(x as Tensor4D, w as Tensor4D, golden.strides, padding(golden)), b);
      return withGradients(run, { dx: read('x'), dw: read('w'), db: read('b') }, read('dy'));
    },
    float64(golden, read) {
      const [input, [height, width, , filters]] = [shape4d(golden.x), shape4d(golden.w)];
      const { strides } = golden;
      const kind: Convolution = {
        input,
        kernel: [height, width],
        strides: [strides, strides],
        pad: padding(golden),
        filters,
        depthwise,
      };
      const [x, w, b, dy] = ['x', 'w', 'b', 'dy'].map(read);
      return {
        y: convolve(kind, x, w).map((each, at) => each + b[at % b.length]),
        dx: inputGradient(kind, w, dy),
        dw: filterGradient(kind, x, dy),
        db: channelSums(dy, b.length),
      };
    },
  };
}

const windowOf = (golden: GoldenCase): Window => ({
  input: shape4d(golden.x),
  kernel: [golden.size, golden.size],
  strides: [golden.strides, golden.strides],
  pad: padding(golden),
});

/** The same with the padding as part of the image, where it counts. */
function averaged(golden: GoldenCase, x: Tensor): Tensor {
  const { size, strides, count_include_pad } = golden;
  const around = padding(golden);
  if (!count_include_pad || typeof around === 'string') return avgPool(x as Tensor4D, size, strides, around);
  return avgPool(pad(x as Tensor4D, around), size, strides, 'valid');
}

const operations: Record<string, Operation> = {
  conv2d: convolution(false),
  depthwiseConv2d: convolution(true),
  maxPool: {
    tfjs: (golden, read) =>
      withGradients(
        (x) => maxPool(x as Tensor4D, golden.size, golden.strides, padding(golden)),
        { dx: read('x') },
        read('dy'),
      ),
    float64: (golden, read) => ({
      y: maxPooled(windowOf(golden), read('x')),
      dx: maxPoolGradient(windowOf(golden), read('x'), read('dy')),
    }),
  },
  avgPool: {
    tfjs: (golden, read) => withGradients((x) => averaged(golden, x), { dx: read('x') }, read('dy')),
    float64: (golden, read): Numbers =>
      golden.count_include_pad
        ? {}
        : {
            y: averagePooled(windowOf(golden), read('x')),
            dx: averagePoolGradient(windowOf(golden), read('dy')),
          },
  },
  globalAvgPool: {
    tfjs: (_golden, read) => withGradients((x) => mean(x, [1, 2]), { dx: read('x') }, read('dy')),
    float64(golden, read) {
      const input = shape4d(golden.x);
      const whole: Window = { input, kernel: [input[1], input[2]], strides: [1, 1], pad: 'valid' };
      return { y: averagePooled(whole, read('x')), dx: averagePoolGradient(whole, read('dy')) };
    },
  },
  batchNorm: {
    tfjs({ training, epsilon }, read) {
      const of = (x: Tensor) =>
        training ? moments(x, [0, 1, 2]) : { mean: read('moving_mean'), variance: read('moving_variance') };
      const run = (x: Tensor, gamma: Tensor, beta: Tensor) => {
        const { mean, variance } = of(x);
        return batchNorm(x, mean as Tensor1D, variance as Tensor1D, beta as Tensor1D, gamma as Tensor1D, epsilon);
      };
      const found = withGradients(run, { dx: read('x'), dgamma: read('gamma'), dbeta: read('beta') }, read('dy'));
      if (!training) return found;
      const { mean, variance } = of(read('x'));
      return { ...found, batch_mean: mean, batch_variance_biased: variance };
    },
    float64({ training, epsilon }, read) {
      const [x, dy, scale, offset] = ['x', 'dy', 'gamma', 'beta'].map(read);
      const own = statistics(x, scale.length);
      const { mean, variance } = training ? own : { mean: read('moving_mean'), variance: read('moving_variance') };
      const by = { mean, variance, scale, offset, epsilon };
      const gradients = normalizationGradients(by, x, dy);
      return {
        y: normalized(by, x),
        dx: training ? batchStatisticsGradient(by, x, dy) : gradients.x,
        dgamma: gradients.scale,
        dbeta: gradients.offset,
        ...(training ? { batch_mean: own.mean, batch_variance_biased: own.variance } : {}),
      };
    },
  },
  upsample: {
    tfjs(golden, read) {
      const [, height, width] = shape4d(golden.y);
      // tfjs's gradient of bilinear resizing takes no half-pixel centres: conformance/resize-cases.ts holds that against it.
      const run = (x: Tensor) =>
        golden.mode === 'nearest'
          ? image.resizeNearestNeighbor(x as Tensor4D, [height, width])
          : image.resizeBilinear(x as Tensor4D, [height, width], false, true);
      return golden.mode === 'nearest' ? withGradients(run, { dx: read('x') }, read('dy')) : { y: run(read('x')) };
    },
    float64(golden, read) {
      const [input, [, height, width]] = [shape4d(golden.x), shape4d(golden.y)];
      const map = resized(
        input,
        [height, width],
        golden.mode === 'nearest' ? 'top left' : 'half-pixel centres',
        golden.mode,
      );
      return { y: apply(map, read('x')), dx: pullBack(map, read('dy'), read('x').length) };
    },
  },
  softmaxCrossEntropy: {
    tfjs(golden, read) {
      const logits = read('logits');
      const classes = logits.shape[1] ?? 0;
      const targets = oneHot(tensor1d(golden.labels as number[], 'int32'), classes);
      const loss = (x: Tensor) =>
        losses.softmaxCrossEntropy(targets, x as Tensor2D, undefined, golden.label_smoothing, Reduction.NONE);
      return {
        log_softmax: logSoftmax(logits),
        loss: loss(logits),
        dlogits_of_loss_sum: grad(loss)(logits),
        dlogits_of_log_softmax: grad((x) => logSoftmax(x))(logits, read('d_log_softmax_upstream')),
      };
    },
  },
  fusedMatMul: {
    tfjs({ transposeA, transposeB, activation }, read) {
      const run = (a: Tensor, b: Tensor, bias: Tensor) =>
        fused.matMul({ a, b, bias, transposeA, transposeB, activation });
      return withGradients(run, { da: read('a'), dw: read('w'), dbias: read('bias') }, read('dy'));
    },
    float64(golden, read) {
      const { transposeA, transposeB, activation } = golden;
      const shapes = { a: shapeOf(golden.a), b: shapeOf(golden.w), transposeA, transposeB };
      const [a, w, bias, dy] = ['a', 'w', 'bias', 'dy'].map(read);
      const sums = product(shapes, a, w).map((each, at) => each + bias[at % bias.length]);
      const passed = dy.map((each, at) => (activation === 'linear' || sums[at] > 0 ? each : 0));
      return {
        y: activation === 'linear' ? sums : sums.map((each) => Math.max(0, each)),
        da: leftGradient(shapes, w, passed),
        dw: rightGradient(shapes, a, passed),
        dbias: channelSums(passed, bias.length),
      };
    },
  },
};

const file = new URL('../../../../../shared/golden/ops.json', import.meta.url);
const found = existsSync(file);
const cases: GoldenCase[] = found ? JSON.parse(readFileSync(file, 'utf8')).cases : [];
const numbers = (golden: GoldenCase, name: string) =>
  (golden[name] as number[]).flat(Number.POSITIVE_INFINITY) as number[];

describe('the float64 loops against PyTorch in float64', () => {
  it.skipIf(!found)('give every value and gradient of the file (needs ../shared/golden/ops.json)', () => {
    let compared = 0;
    for (const golden of cases) {
      const results = operations[golden.op].float64?.(golden, (name) => numbers(golden, name)) ?? {};
      for (const [name, actual] of Object.entries(results)) {
        const expected = numbers(golden, name);
        expect(actual, `${golden.name}: ${name}`).toHaveLength(expected.length);
        // The file holds nine digits.
        const { wrong } = compare(actual, expected, { absolute: 1e-8, relative: 1e-8 });
        expect(wrong, `${golden.name}: ${name}`).toBeUndefined();
        compared++;
      }
    }
    expect(compared).toBe(184);
  });
});

describe.each(['wasm', 'cpu'] as const)('%s against PyTorch in float64', (backend) => {
  it.skipIf(!found)('gives every value and gradient of the file (needs ../shared/golden/ops.json)', async () => {
    await useBackend(backend);
    let compared = 0;
    for (const golden of cases) {
      const read = (name: string) => tensor(golden[name] as number[]);
      const results = tidy(() => operations[golden.op].tfjs(golden, read));
      for (const [name, actual] of Object.entries(results)) {
        expect(actual.shape, `${golden.name}: ${name}`).toEqual(shapeOf(golden[name]));
        const { wrong } = compare(await actual.data(), numbers(golden, name), { absolute: 2e-5, relative: 1e-5 });
        expect(wrong, `${golden.name}: ${name}`).toBeUndefined();
        actual.dispose();
        compared++;
      }
    }
    expect(compared).toBe(204);
  });
});
