import '@tensorflow/tfjs-backend-wasm';
import { dispose, fused, matMul, memory, reshape, type Tensor, tensor, tensor1d, util } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { product, productShape } from '../conformance/float64/product';
import { relativeError } from '../conformance/float64/relative-error';
import { values } from '../conformance/float64/values';
import { useBackend } from '../use-backend';

beforeAll(async () => {
  await useBackend('wasm');
});

type Dimensions = readonly [batch: number, m: number, k: number, n: number];
const cases: { size: Dimensions; transposeA: boolean; transposeB: boolean }[] = [];
for (const size of [
  [1, 1, 1, 1],
  [1, 3, 5, 4],
  [1, 2, 100, 3],
  [1, 17, 49, 1],
  [1, 1, 200, 10],
  [3, 4, 60, 5],
  [3, 31, 40, 21],
] as Dimensions[]) {
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) cases.push({ size, transposeA, transposeB });
  }
}

/** Both operands, as single matrices of rank 2 where there is one. */
function operands({ size: [batch, m, k, n], transposeA, transposeB }: (typeof cases)[number]) {
  const [a, b] = [values(batch * m * k, 1), values(batch * k * n, 2)];
  const outer = batch === 1 ? [] : [batch];
  const shapes = {
    a: [...outer, ...(transposeA ? [k, m] : [m, k])],
    b: [...outer, ...(transposeB ? [n, k] : [k, n])],
  };
  return {
    a: tensor(a, shapes.a),
    b: tensor(b, shapes.b),
    expected: product({ ...shapes, transposeA, transposeB }, a, b),
    shape: [...outer, m, n],
  };
}

async function check(result: Tensor, shape: number[], expected: ArrayLike<number>) {
  expect(result.shape).toEqual(shape);
  expect(relativeError(await result.data(), expected)).toBeLessThan(1e-6);
  result.dispose();
}

const activations: Record<string, (x: number, column: number) => number> = {
  linear: (x) => x,
  relu: (x) => Math.max(0, x),
  relu6: (x) => Math.min(6, Math.max(0, x)),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  leakyrelu: (x) => (x > 0 ? x : 0.3 * x),
  prelu: (x, column) => (x > 0 ? x : Math.fround(0.1 * (column + 1)) * x),
};

describe('matrix products on wasm against float64', () => {
  it.each(cases)('matMul $size, transposes $transposeA $transposeB', async (each) => {
    const { a, b, expected, shape } = operands(each);
    await check(matMul(a, b, each.transposeA, each.transposeB), shape, expected);
    dispose([a, b]);
  });

  it.each(cases.flatMap((each) => Object.keys(activations).map((activation) => ({ ...each, activation }))))(
    'fused.matMul $size, transposes $transposeA $transposeB, $activation',
    async (each) => {
      const n = each.size[3];
      const { a, b, expected, shape } = operands(each);
      const bias = values(n, 3);
      const offsets = tensor1d(bias);
      const slopes = tensor1d(Float32Array.from({ length: n }, (_, column) => 0.1 * (column + 1)));
      const y = fused.matMul({
        a,
        b,
        transposeA: each.transposeA,
        transposeB: each.transposeB,
        bias: offsets,
        activation: each.activation as 'linear',
        leakyreluAlpha: 0.3,
        preluActivationWeights: slopes,
      });
      dispose([a, b, offsets, slopes]);
      await check(
        y,
        shape,
        expected.map((x, i) => activations[each.activation](x + bias[i % n], i % n)),
      );
    },
  );

  it.each([
    [
      [2, 1],
      [1, 3],
    ],
    [
      [2, 3],
      [2, 1],
    ],
    [[3], [2, 1]],
    [[], [2, 2]],
    [[4], [1]],
  ])('repeats batches %j and %j, of small and of large matrices', async (first, second) => {
    for (const [m, k, n] of [
      [2, 3, 4],
      [31, 40, 21],
    ]) {
      for (const transposeB of [false, true]) {
        const shapes = { a: [...first, m, k], b: [...second, ...(transposeB ? [n, k] : [k, n])], transposeB };
        const [left, right] = [shapes.a, shapes.b].map((shape, i) =>
          tensor(values(util.sizeFromShape(shape), i), shape),
        );
        const expected = product(shapes, await left.data(), await right.data());
        await check(matMul(left, right, false, transposeB), productShape(shapes), expected);
        dispose([left, right]);
      }
    }
  });

  it('of nothing is zero', async () => {
    await check(matMul(tensor([], [2, 0]), tensor([], [0, 3])), [2, 3], new Float32Array(6));
  });

  it('reads a reshaped weight in its new shape, whichever came first', async () => {
    const w = tensor([1, 2, 3, 4, 5, 6], [2, 3]);
    const turned = reshape(w, [3, 2]);
    const [x, y] = [tensor([1, 1], [1, 2]), tensor([1, 1, 1], [1, 3])];
    for (let i = 0; i < 2; i++) {
      await check(matMul(x, w), [1, 3], [5, 7, 9]);
      await check(matMul(y, turned), [1, 2], [9, 12]);
      await check(fused.matMul({ a: y, b: turned, activation: 'relu' }), [1, 2], [9, 12]);
      await check(fused.matMul({ a: x, b: w, bias: tensor1d([1, 0, 0]) }), [1, 3], [6, 7, 9]);
    }
  });

  it('leaves no tensor and no buffer', () => {
    const { a, b } = operands({ size: [1, 3, 60, 4], transposeA: true, transposeB: true });
    const before = memory();
    matMul(a, b, true, true).dispose();
    fused.matMul({ a: a, b: b, transposeA: true, transposeB: true, activation: 'relu' }).dispose();
    expect(memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
    dispose([a, b]);
  });
});
