import { describe, expect, it } from 'vitest';
import { batchStatisticsGradient, normalizationGradients, normalized, statistics } from './batch-normalization';
import { type Convolution, convolve, filterGradient, inputGradient, shapesOf } from './convolution';
import { type LocalResponse, localResponse, localResponseGradient } from './local-response';
import { averagePooled, averagePoolGradient, maxPooled, maxPoolGradient, pooledShape } from './pooling';
import { leftGradient, type Product, product, productShape, rightGradient } from './product';
import { values } from './values';
import { explicit, type Window } from './windows';

type Numbers = ArrayLike<number>;

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const dot = (a: Numbers, b: Numbers) => Array.from(a).reduce((sum, each, i) => sum + each * b[i], 0);

/** The gradient of `dot(dy, f(x))` by central differences. */
function differences(f: (x: Float64Array) => Numbers, at: Numbers, dy: Numbers, step = 1e-5): number[] {
  const moved = (i: number, by: number) => dot(dy, f(Float64Array.from(at, (each, j) => (i === j ? each + by : each))));
  return Array.from(at, (_, i) => (moved(i, step) - moved(i, -step)) / (2 * step));
}

function expectClose(actual: Numbers, expected: Numbers, within = 1e-8) {
  expect(actual).toHaveLength(expected.length);
  for (let i = 0; i < expected.length; i++) expect(Math.abs(actual[i] - expected[i]), `at ${i}`).toBeLessThan(within);
}

const plain = { input: [1, 1, 5, 1], kernel: [1, 2], strides: [1, 1], pad: 'valid', filters: 1 } satisfies Convolution;

describe('convolution', () => {
  it.each<[string, Convolution, number[]]>([
    ['plain', plain, [12, 23, 34, 45]],
    ['dilated', { ...plain, dilations: [1, 3] }, [14, 25]],
    ['strided', { ...plain, strides: [1, 3] }, [12, 45]],
    ['same: the odd zero comes last', { ...plain, pad: 'same' }, [12, 23, 34, 45, 50]],
    ['explicit', { ...plain, pad: explicit(0, 0, 1, 0) }, [1, 12, 23, 34, 45]],
  ])('of 1 to 5 by [10, 1]: %s', (_, convolution, expected) => {
    expect([...convolve(convolution, [1, 2, 3, 4, 5], [10, 1])]).toEqual(expected);
  });

  it('depthwise keeps the channels of each input channel together', () => {
    const two: Convolution = { ...plain, input: [1, 1, 1, 2], kernel: [1, 1], filters: 2, depthwise: true };
    expect([...convolve(two, [3, 5], [1, 2, 10, 20])]).toEqual([3, 6, 50, 100]);
    expect(shapesOf(two)).toEqual({ x: [1, 1, 1, 2], w: [1, 1, 2, 2], y: [1, 1, 1, 4] });
  });

  it.each<[string, Convolution]>([
    ['strides, same', { input: [2, 5, 6, 2], kernel: [3, 2], strides: [2, 3], pad: 'same', filters: 3 }],
    ['dilation', { input: [1, 6, 7, 2], kernel: [3, 3], strides: [1, 1], dilations: [2, 1], pad: 'same', filters: 2 }],
    ['depthwise', { input: [1, 5, 4, 3], kernel: [2, 3], strides: [1, 2], pad: 'same', filters: 2, depthwise: true }],
  ])('has gradients that are its adjoints: %s', (_, convolution) => {
    const shapes = shapesOf(convolution);
    const [x, w, dy] = [values(size(shapes.x), 1), values(size(shapes.w), 2), values(size(shapes.y), 3)];
    const forward = dot(convolve(convolution, x, w), dy);
    expect(dot(x, inputGradient(convolution, w, dy))).toBeCloseTo(forward, 10);
    expect(dot(w, filterGradient(convolution, x, dy))).toBeCloseTo(forward, 10);
  });
});

describe('pooling', () => {
  const window: Window = { input: [1, 1, 3, 1], kernel: [1, 2], strides: [1, 1], pad: 'same' };

  it('counts no padding', () => {
    expect([...maxPooled(window, [-3, -1, -2])]).toEqual([-1, -1, -2]);
    expect([...averagePooled(window, [-3, -1, -2])]).toEqual([-2, -1.5, -2]);
  });

  it('sends the gradient to the first maximum, or to all pixels in equal parts', () => {
    expect([...maxPoolGradient(window, [1, 1, 0], [1, 10, 100])]).toEqual([1, 10, 100]);
    expect([...averagePoolGradient(window, [1, 10, 100])]).toEqual([0.5, 5.5, 105]);
  });

  it('has gradients that are its differences', () => {
    const wide: Window = { input: [1, 5, 4, 2], kernel: [3, 3], strides: [2, 1], pad: explicit(1, 1, 0, 1) };
    const [x, dy] = [values(40, 1), values(size(pooledShape(wide)), 3)];
    expectClose(
      maxPoolGradient(wide, x, dy),
      differences((each) => maxPooled(wide, each), x, dy),
    );
    expectClose(
      averagePoolGradient(wide, dy),
      differences((each) => averagePooled(wide, each), x, dy),
    );
  });
});

describe('product', () => {
  it('broadcasts batches and reads transposed storage', () => {
    const batches: Product = { a: [2, 1, 1, 2], b: [1, 3, 1, 2], transposeB: true };
    expect(productShape(batches)).toEqual([2, 3, 1, 1]);
    expect([...product(batches, [1, 2, 3, 4], [1, 0, 0, 1, 1, 1])]).toEqual([1, 2, 3, 3, 4, 7]);
  });

  it('of no products is zero', () => {
    expect([...product({ a: [2, 0], b: [0, 1] }, [], [])]).toEqual([0, 0]);
  });

  it.each<[string, Product]>([
    ['transposed', { a: [5, 3], b: [4, 5], transposeA: true, transposeB: true }],
    ['broadcast', { a: [2, 1, 3, 4], b: [3, 4, 2] }],
  ])('has gradients that are its adjoints: %s', (_, shapes) => {
    const [a, b, dy] = [values(size(shapes.a), 1), values(size(shapes.b), 2), values(size(productShape(shapes)), 3)];
    const forward = dot(product(shapes, a, b), dy);
    expect(dot(a, leftGradient(shapes, b, dy))).toBeCloseTo(forward, 10);
    expect(dot(b, rightGradient(shapes, a, dy))).toBeCloseTo(forward, 10);
  });
});

describe('normalisation', () => {
  const [x, dy] = [values(24, 1), values(24, 3)];

  it('of a batch has mean 0 and variance 1, then scale and offset', () => {
    const y = normalized({ ...statistics(x, 3), scale: [2, 3, 4], offset: [5, 6, 7], epsilon: 0 }, x);
    const { mean, variance } = statistics(y, 3);
    expectClose(mean, [5, 6, 7]);
    expectClose(variance, [4, 9, 16]);
  });

  it('has gradients that are its differences, by each operand', () => {
    const by = { mean: values(3, 4), variance: [0.5, 1, 2], scale: values(3, 5), offset: values(3, 6), epsilon: 1e-3 };
    const found = normalizationGradients(by, x, dy);
    expectClose(
      found.x,
      differences((each) => normalized(by, each), x, dy),
    );
    for (const operand of ['mean', 'variance', 'scale', 'offset'] as const) {
      expectClose(
        found[operand],
        differences((each) => normalized({ ...by, [operand]: each }, x), by[operand], dy),
      );
    }
    expectClose(
      batchStatisticsGradient({ ...by, ...statistics(x, 3) }, x, dy),
      differences((each) => normalized({ ...by, ...statistics(each, 3) }, each), x, dy),
    );
  });

  it('by the local response: its value by hand, its gradient by differences', () => {
    const response: LocalResponse = { channels: 3, radius: 1, bias: 1, alpha: 2, beta: 0.5 };
    expectClose(localResponse(response, [1, 2, 3]), [1 / Math.sqrt(11), 2 / Math.sqrt(29), 3 / Math.sqrt(27)]);
    expectClose(
      localResponseGradient(response, x, dy),
      differences((each) => localResponse(response, each), x, dy),
    );
  });
});
