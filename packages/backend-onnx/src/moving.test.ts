import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import {
  add,
  div,
  engine,
  grad,
  matMul,
  memory,
  mul,
  reshape,
  setBackend,
  square,
  sum,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tidy,
  transpose,
  variable,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import './index';

const names = ['onnx', 'cpu', 'wasm', 'onnx', 'wasm', 'cpu', 'onnx'];

it('tensors go with the program from backend to backend, results that wait too', async () => {
  await setBackend('onnx');
  const { numTensors, numDataBuffers } = memory();
  const a = tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  let x: Tensor2D = transpose(a);
  for (const name of names) {
    await setBackend(name);
    const next = tidy(() => div<Tensor2D>(matMul(transpose(add(matMul(x, a), 1)), x), 200));
    x.dispose();
    x = next;
  }
  // The same in float64.
  const product = (p: number[][], q: number[][]) =>
    p.map((row) => q[0].map((_, j) => row.reduce((s, v, k) => s + v * q[k][j], 0)));
  const turned = (p: number[][]) => p[0].map((_, j) => p.map((row) => row[j]));
  const A = [
    [1, 2, 3],
    [4, 5, 6],
  ];
  let X = turned(A);
  for (const _ of names) {
    const raised = product(X, A).map((row) => row.map((v) => v + 1));
    X = product(turned(raised), X).map((row) => row.map((v) => v / 200));
  }
  const found = await x.data();
  X.flat().forEach((each, i) => {
    expect(found[i] / each).toBeCloseTo(1, 4);
  });
  a.dispose();
  x.dispose();
  expect(memory()).toMatchObject({ numTensors, numDataBuffers });
});

it('data shared by a reshaped tensor moves once, for both', async () => {
  await setBackend('cpu');
  const { numTensors, numDataBuffers } = memory();
  const a = tensor2d([1, 2, 3, 4], [2, 2]);
  const b = reshape(a, [4]);
  await setBackend('onnx');
  const c = tidy(() => add(b, reshape(square(a), [4])));
  expect([...(await c.data())]).toEqual([2, 6, 12, 20]);
  a.dispose();
  await setBackend('cpu');
  const d = mul(b, c);
  expect([...(await d.data())]).toEqual([2, 12, 36, 80]);
  for (const each of [b, c, d]) each.dispose();
  expect(memory()).toMatchObject({ numTensors, numDataBuffers });
  await setBackend('onnx');
  expect(engine().backend.numDataIds()).toBe(0);
});

it('a variable trained on one backend goes on being trained on another', async () => {
  const w = variable(tensor1d([3, -2]));
  for (const name of names) {
    await setBackend(name);
    tidy(() => w.assign(add(w, mul(grad((v) => sum(square(v)))(w), -0.1))));
  }
  const left = 0.8 ** names.length;
  const found = await w.data();
  expect(found[0]).toBeCloseTo(3 * left, 5);
  expect(found[1]).toBeCloseTo(-2 * left, 5);
  w.dispose();
});
