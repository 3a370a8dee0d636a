import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { repairBackend } from '@agoge/backends';
import {
  add,
  backend,
  backend_util,
  batchNorm,
  conv2d,
  conv2dTranspose,
  fused,
  grad,
  grads,
  mul,
  relu,
  reshape,
  setBackend,
  sigmoid,
  slice,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { noise } from '../../test/on-both';
import type { OnnxBackend } from '../index';
import '../index';
import { Lowering, type Value } from '../lowering';
import { addedInBlocks, convolveBlocks, rectifiedInBlocks } from './blocked-convolution';
import { scaledBy, scaledFilter } from './scaled';

interface Given {
  x: Tensor4D;
  filter: Tensor4D;
  bias: Tensor1D;
  variance: Tensor1D;
}
type Program = (given: Given) => Tensor[];

const onnx = () => backend() as OnnxBackend;
const convolved = ({ x, filter }: Given) => conv2d(x, filter, 1, 'same');
const rectified = (given: Given) => relu(add(convolved(given), given.bias));

const programs: Record<string, Program> = {
  'a bias and what rectifies': (given) => [rectified(given)],
  'a bias that comes first': (given) => [relu(add(given.bias, convolved(given)))],
  'a second bias': (given) => [add(add(convolved(given), given.bias), given.bias)],
  'a bias after what rectifies': (given) => [add(relu(convolved(given)), given.bias)],
  'the bare result too': (given) => {
    const bare = convolved(given);
    const sum = add(bare, given.bias);
    return [bare, relu(sum), sub(sum, bare)];
  },
  'a gate on the sum': (given) => {
    const sum = add(convolved(given), given.bias);
    return [mul(sum, sigmoid(sum))];
  },
  'another image in place of a bias': (given) => [relu(add(convolved(given), convolved(given)))],
  'numbers for other axes': (given) => {
    const y = convolved(given);
    return [add(y, reshape(given.bias, [1, 1, 1, 1, -1])), add(y, slice(y, [0, 0, 0, 0], [1, 1, -1, -1]))];
  },
  'all in one kernel': ({ x, filter, bias }) => [
    fused.conv2d({ x, filter, strides: 1, pad: 'same', bias, activation: 'relu' }),
  ],
  'normalised by statistics that are given': (given) => {
    const { bias, variance } = given;
    return [relu(batchNorm(convolved(given), bias, variance, variance, bias, 1e-3))];
  },
  'back through numbers of its channels': (given) => {
    const scaled = mul(given.variance, mul(convolved(given), given.bias)) as Tensor4D;
    return [conv2dTranspose(scaled, given.filter, given.x.shape, 1, 'same'), scaled];
  },
  'gradients of what is normalised': (given) => {
    const { bias, variance } = given;
    const loss = (x: Tensor) =>
      square(batchNorm(convolved({ ...given, x: x as Tensor4D }), bias, variance, bias, variance));
    return [grad(loss)(given.x)];
  },
  gradients: (given) => {
    const loss = (x: Tensor, filter: Tensor, bias: Tensor) =>
      mul(rectified({ ...given, x: x as Tensor4D, filter: filter as Tensor4D, bias: bias as Tensor1D }), 0.5);
    return grads(loss)([given.x, given.filter, given.bias]);
  },
};

/** What a program gives, of weights that are fed or frozen. */
async function results(name: string, program: Program, outputs: number, frozen = false): Promise<number[][]> {
  await setBackend(name);
  const given: Given = {
    x: tensor4d(noise(2 * 5 * 6 * 16, 1), [2, 5, 6, 16]),
    filter: tensor4d(noise(9 * 16 * outputs, 2), [3, 3, 16, outputs]),
    bias: tensor1d(noise(outputs, 3)),
    variance: tensor1d(noise(outputs, 4).map((each) => each ** 2 + 0.1)),
  };
  const thaw = frozen ? onnx().freeze([given.filter, given.bias, given.variance]) : () => undefined;
  const found = tidy(() => program(given));
  const values = await Promise.all(found.map((each) => each.data()));
  thaw();
  for (const each of [...Object.values(given), ...found]) each.dispose();
  return values.map((each) => Array.from(each));
}

beforeAll(async () => {
  await setBackend('cpu');
  repairBackend();
});

describe.each([16, 32, 10])('a convolution to %d channels does itself what follows', (outputs) => {
  it.each(Object.entries(programs))('%s', async (_, program) => {
    const expected = await results('cpu', program, outputs);
    for (const frozen of [false, true]) {
      const found = await results('onnx', program, outputs, frozen);
      expected.forEach((values, i) => {
        const largest = Math.max(...values.map(Math.abs));
        const off = Math.max(...values.map((value, at) => Math.abs(value - found[i][at])));
        expect(off / largest).toBeLessThan(1e-5);
      });
    }
  });
});

describe('what a convolution does itself', () => {
  const given = () => ({
    x: tensor4d(noise(2 * 36 * 16, 1), [2, 6, 6, 16]),
    filter: tensor4d(noise(9 * 256, 2), [3, 3, 16, 16]),
    bias: tensor1d(noise(16, 3)),
    variance: tensor1d(new Float32Array(16).fill(1)),
  });

  it('keeps NaN where it is', async () => {
    await setBackend('onnx');
    const { x, ...weights } = given();
    const one = (await x.array()) as number[][][][];
    one[1][3][3][5] = Number.NaN;
    const y = tidy(() => rectified({ ...weights, x: tensor4d(one) }));
    const values = await y.data();
    const isMet = (i: number) => {
      const [image, row, column] = [Math.floor(i / 576), Math.floor(i / 96) % 6, Math.floor(i / 16) % 6];
      return image === 1 && Math.abs(row - 3) < 2 && Math.abs(column - 3) < 2;
    };
    expect(Array.from(values, Number.isNaN)).toEqual(Array.from(values, (_, i) => isMet(i)));
    for (const each of [x, y, ...Object.values(weights)]) each.dispose();
  });

  it('is the bias and what rectifies, each once', () => {
    const graph = new Lowering(16);
    const [x, filter, bias] = [[2, 6, 6, 16], [3, 3, 16, 16], [16]].map((shape, i) =>
      graph.plain(`x${i}`, shape, 'float32'),
    );
    const geometry = backend_util.computeConv2DInfo([2, 6, 6, 16], [3, 3, 16, 16], 1, 1, 'same');
    const bare = convolveBlocks(graph, { x, filter, geometry });
    const sum = addedInBlocks(graph, bare, bias) as Value;
    expect(addedInBlocks(graph, sum, bias)).toBeUndefined();
    const last = rectifiedInBlocks(graph, sum.name) as string;
    expect(rectifiedInBlocks(graph, last)).toBeUndefined();
    const forms = graph.nodes.filter(({ op }) => op === 'Conv');
    expect(forms.map(({ inputs, attributes }) => [inputs.length, attributes.activation])).toEqual([
      [2, undefined],
      [3, undefined],
      [3, 'Relu'],
    ]);
  });

  it('takes frozen numbers into a frozen filter, and no others', () => {
    const graph = new Lowering(16);
    const value = (name: string, shape: number[], constant: boolean) => ({
      ...graph.plain(name, shape, 'float32'),
      constant,
    });
    const images = value('images', [1, 6, 6, 16], false);
    const dy = value('dy', [1, 6, 6, 16], false);
    for (const [areFrozen, filterIsFrozen] of [
      [true, true],
      [true, false],
      [false, true],
    ]) {
      const scaled = scaledBy(images, value('numbers', [16], areFrozen));
      if (scaled) graph.scaled.set(dy.name, scaled);
      else graph.scaled.clear();
      const found = scaledFilter(graph, dy, value('filter', [3, 3, 16, 16], filterIsFrozen));
      const isTaken = areFrozen && filterIsFrozen;
      expect([found.dy.name, found.filter.name === 'filter']).toEqual([isTaken ? 'images' : 'dy', !isTaken]);
    }
  });
});
