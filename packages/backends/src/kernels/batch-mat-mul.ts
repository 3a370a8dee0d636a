import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { BatchMatMul, type BatchMatMulAttrs, backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../kernel-repair';
import { spread } from './broadcast';
import { compose, floats } from './composition';
import { areSingle, uncached, untransposed } from './plain-matrices';
import { type ReadableBackend, typedLoop } from './typed-loop';

type Pair = Record<'a' | 'b', TensorInfo>;
type Multiply = (a: TensorInfo, b: TensorInfo, transposeA: boolean, transposeB: boolean) => TensorInfo;

/** From here on, in multiplications, a product of its own is faster for each matrix of a batch than the stock kernel's loop. */
const worthwhile = 20_000;

/**
 * Matrix product. Matrices are transposed first where asked, since only the product of plain ones is fast, and weights are kept
 * from meeting a cache entry of another shape. Large matrices of a batch are multiplied one by one, small ones by the stock
 * kernel's loop; that misreads batches which are both repeated, and writes no result where there is nothing to sum.
 */
export const batchMatMul: KernelRepair = {
  backend: 'wasm',
  kernel: BatchMatMul,
  faults: [
    'stale-weights-after-reshape',
    'scalar-loop-when-transposed',
    'scalar-loop-when-batched',
    'batches-repeated-wrongly',
    'unwritten-if-empty',
    'no-int32',
  ],
  replace: (stock) =>
    kernelFunction(({ a, b }: Pair, attributes: BatchMatMulAttrs, backend: BackendWasm) =>
      compose(backend, (composer) => {
        const multiply: Multiply = (left, right, transposeA, transposeB) =>
          stock?.({ inputs: { a: left, b: right }, attrs: { transposeA, transposeB }, backend }) as TensorInfo;
        const { transposeA, transposeB } = attributes;
        if (a.dtype === 'int32' && b.dtype === 'int32') return ofIntegers(a, b, attributes, backend, composer.own);
        if (a.dtype !== 'float32' || b.dtype !== 'float32') return multiply(a, b, transposeA, transposeB);
        const { batch, m, k, n } = sizes(a, b, attributes);
        if (util.sizeFromShape(a.shape) === 0 || util.sizeFromShape(b.shape) === 0) {
          return composer.write([...batch, m, n], (out) => out.fill(0));
        }
        const plain = (matrix: TensorInfo, transposed: boolean) => untransposed(composer, matrix, transposed);
        if (areSingle(a, b)) {
          const right = uncached(composer, backend, plain(b, transposeB));
          return multiply(plain(a, transposeA), right, false, false);
        }
        const [left, right] = [a, b].map((each) => repeated(each, batch, backend, composer.own));
        if (m * k * n < worthwhile) return multiply(left, right, transposeA, transposeB);
        const out = composer.own(backend.makeOutput([...batch, m, n], 'float32'));
        oneByOne(plain(left, transposeA), plain(right, transposeB), out, backend, multiply);
        return out;
      }),
    ),
};

/** Products of integers, one number by another; the stock kernel refuses them. */
function ofIntegers(
  a: TensorInfo,
  b: TensorInfo,
  attributes: BatchMatMulAttrs,
  backend: BackendWasm,
  own: (made: TensorInfo) => TensorInfo,
): TensorInfo {
  const { batch, m, k, n } = sizes(a, b, attributes);
  const matrices = [a, b].map((each) => repeated(each, batch, backend, own));
  const [left, right] = matrices.map(({ shape }) => (util.sizeFromShape(shape.slice(0, -2)) === 1 ? 0 : 1));
  const [row, inA] = attributes.transposeA ? [1, m] : [k, 1];
  const [inB, column] = attributes.transposeB ? [1, k] : [n, 1];
  return typedLoop(backend, matrices, [...batch, m, n], 'int32', (out, x, y) => {
    for (let at = 0; at < out.length; at++) {
      const image = Math.floor(at / (m * n));
      let i = image * left * m * k + (Math.floor(at / n) % m) * row;
      let j = image * right * k * n + (at % n) * column;
      let sum = 0;
      for (let each = 0; each < k; each++, i += inA, j += inB) sum += x[i] * y[j];
      out[at] = sum;
    }
  });
}

/** The stock kernel misreads batches which are both repeated. */
export const batchMatMulCpu: KernelRepair = {
  backend: 'cpu',
  kernel: BatchMatMul,
  faults: ['batches-repeated-wrongly'],
  replace: (stock) =>
    kernelFunction(({ a, b }: Pair, attributes: BatchMatMulAttrs, backend: ReadableBackend) =>
      compose(backend, ({ own }) => {
        const { batch } = sizes(a, b, attributes);
        const [left, right] = [a, b].map((each) => repeated(each, batch, backend, own));
        return stock?.({ inputs: { a: left, b: right }, attrs: { ...attributes }, backend }) as TensorInfo;
      }),
    ),
};

function sizes(a: TensorInfo, b: TensorInfo, { transposeA, transposeB }: BatchMatMulAttrs) {
  const [left, right] = [a.shape.slice(-2), b.shape.slice(-2)];
  const batch = backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return { batch, m: left[transposeA ? 1 : 0], k: left[transposeA ? 0 : 1], n: right[transposeB ? 0 : 1] };
}

/** Matrices of as many as there are in the result, copied unless there is one or as many. */
function repeated(
  x: TensorInfo,
  batch: number[],
  backend: ReadableBackend,
  own: (made: TensorInfo) => TensorInfo,
): TensorInfo {
  const outer = x.shape.slice(0, -2);
  const many = util.sizeFromShape(outer);
  if (many === 1 || many === util.sizeFromShape(batch)) return x;
  const size = util.sizeFromShape(x.shape.slice(-2));
  return own(
    typedLoop(backend, [x], [...batch, ...x.shape.slice(-2)], x.dtype, (out, values) => {
      const sources = spread(
        Array.from({ length: many }, (_, i) => i),
        outer,
        batch,
      );
      for (let i = 0; i < sources.length; i++) {
        out.set(values.subarray(sources[i] * size, (sources[i] + 1) * size), i * size);
      }
    }),
  );
}

/** Writes the products of plain matrices, each of its own. */
function oneByOne(a: TensorInfo, b: TensorInfo, out: TensorInfo, backend: BackendWasm, multiply: Multiply): void {
  const [m, n] = out.shape.slice(-2);
  const k = a.shape[a.shape.length - 1];
  for (let i = 0; i < util.sizeFromShape(out.shape.slice(0, -2)); i++) {
    const product = compose(backend, ({ write }) => {
      const matrix = (of: TensorInfo, each: number[]) => {
        const size = util.sizeFromShape(each);
        const from = util.sizeFromShape(of.shape) === size ? 0 : i * size;
        return write(each, (copy) => copy.set(floats(backend, of).subarray(from, from + size)));
      };
      return multiply(matrix(a, [m, k]), matrix(b, [k, n]), false, false);
    });
    floats(backend, out).set(floats(backend, product), i * m * n);
    backend.disposeData(product.dataId);
  }
}
