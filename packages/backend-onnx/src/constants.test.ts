import { backend, matMul, memory, setBackend, tensor2d, tidy, variable } from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { OnnxBackend } from './index';
import './index';
import { encodeModel } from './model-proto';

const onnx = () => backend() as OnnxBackend;
beforeEach(async () => {
  await setBackend('onnx');
  await onnx().flush();
});

const x = [1, 2, 3, 4];
/** x w, with w frozen meanwhile; gives the product, and how many graphs were compiled. */
async function frozenProduct(w: ReturnType<typeof tensor2d>, most?: number): Promise<[number[], number]> {
  const thaw = onnx().freeze([w], most);
  const { compiled } = onnx().report();
  const y = tidy(() => matMul(tensor2d(x, [2, 2]), w));
  const found = [...(await y.data())];
  y.dispose();
  thaw();
  return [found, onnx().report().compiled - compiled];
}

describe('frozen weights', () => {
  it('that are frozen again find the graph that was compiled for them', async () => {
    const w = tensor2d([1, 1, 0, 2], [2, 2]);
    expect(await frozenProduct(w)).toEqual([[1, 5, 3, 11], 1]);
    expect(await frozenProduct(w)).toEqual([[1, 5, 3, 11], 0]);
    w.dispose();
  });

  it('take their graphs with them when they are disposed of or trained further', async () => {
    const start = tensor2d([1, 0, 0, 1], [2, 2]);
    const w = variable(start);
    await frozenProduct(w as never);
    const [{ kept }, { numTensors }] = [onnx().report(), memory()];
    for (let i = 2; i < 12; i++) {
      tidy(() => w.assign(tensor2d([i, 0, 0, i], [2, 2])));
      expect(await frozenProduct(w as never)).toEqual([x.map((each) => i * each), 1]);
      // The one of the start, which is still there, and the one of now.
      expect(onnx().report().kept).toBe(kept + 1);
    }
    expect(memory().numTensors).toBe(numTensors);
    w.dispose();
    start.dispose();
    expect(onnx().report().kept).toBe(kept - 1);
  });

  it('that are disposed of before what needs them has run leave no graph', async () => {
    const w = tensor2d([1, 1, 0, 2], [2, 2]);
    const { kept } = onnx().report();
    const thaw = onnx().freeze([w]);
    const y = tidy(() => matMul(tensor2d(x, [2, 2]), w));
    w.dispose();
    expect([...(await y.data())]).toEqual([1, 5, 3, 11]);
    expect(onnx().report().kept).toBe(kept);
    thaw();
    y.dispose();
  });

  it('of more bytes than a model holds stay inputs: other weights run on the same graph', async () => {
    const [v, w] = [tensor2d([1, 1, 0, 2], [2, 2]), tensor2d([2, 2, 0, 4], [2, 2])];
    await frozenProduct(v, 15);
    expect(await frozenProduct(w, 15)).toEqual([[2, 10, 6, 22], 0]);
    expect(await frozenProduct(w, 16)).toEqual([[2, 10, 6, 22], 1]);
    v.dispose();
    w.dispose();
  });
});

describe('encodeModel', () => {
  const model = {
    nodes: [],
    inputs: [],
    outputs: [],
    initializers: [{ name: 'w', type: 'float32' as const, shape: [250], bytes: new Uint8Array(1000) }],
  };
  it('refuses what is too large, with the bytes', () => {
    expect(encodeModel(model).length).toBeGreaterThan(1000);
    expect(() => encodeModel(model, 1000)).toThrow(
      /^onnx: a graph of 1,0\d\d bytes, 1,000 bytes of them constants, is too large for ONNX, which holds 1,000 bytes: freeze fewer weights at once$/,
    );
  });
});
