import '@tensorflow/tfjs-backend-cpu';
import { add, type Tensor4D, tensor3d, tensor4d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { alongAxes, gaussian, shrinking } from './along-axes';

const values = Float32Array.from({ length: 2 * 3 * 4 * 2 }, (_, i) => Math.sin(i) + i / 10);
const images = tensor4d(values, [2, 3, 4, 2]);
const matrix = (length: number, seed: number) => Array.from({ length: length ** 2 }, (_, i) => Math.cos(seed + 3 * i));

it('maps the rows, then the columns, of each channel', async () => {
  const rows = [matrix(3, 1), matrix(3, 2)];
  const columns = [matrix(4, 3), matrix(4, 4)];
  const made = alongAxes(images, tensor3d(rows.flat(), [2, 3, 3]), tensor3d(columns.flat(), [2, 4, 4]));
  expect(made.shape).toEqual([2, 3, 4, 2]);
  const found = (await made.array()) as number[][][][];
  const at = (n: number, i: number, j: number, c: number) => values[((n * 3 + i) * 4 + j) * 2 + c];
  for (const [n, i, j, c] of [
    [0, 0, 0, 0],
    [0, 2, 3, 1],
    [1, 1, 2, 0],
    [1, 2, 0, 1],
  ]) {
    let expected = 0;
    for (let k = 0; k < 3; k++) {
      for (let l = 0; l < 4; l++) expected += rows[n][i * 3 + k] * at(n, k, l, c) * columns[n][j * 4 + l];
    }
    expect(found[n][i][j][c]).toBeCloseTo(expected, 4);
  }
});

it('takes one matrix for all images', async () => {
  const [rows, columns] = [tensor3d(matrix(3, 1), [1, 3, 3]), tensor3d(matrix(4, 3), [1, 4, 4])];
  const [first] = (await alongAxes(images, rows, columns).array()) as number[][][][];
  const alone = alongAxes(tensor4d(values.slice(0, 24), [1, 3, 4, 2]), rows, columns);
  expect([first]).toEqual(await alone.array());
});

it('shrinks an axis by linear interpolation, and pads it', () => {
  const rowsOf = (length: number, size: number, from: number) => {
    const all = [...shrinking(length, size, from)].map((each) => Number(each.toFixed(4)));
    return Array.from({ length }, (_, i) => all.slice(i * length, (i + 1) * length));
  };
  expect(rowsOf(3, 3, 0)).toEqual([
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ]);
  // Half the size: the middle between two pixels each.
  expect(rowsOf(4, 2, 1)).toEqual([
    [0, 0, 0, 0],
    [0.5, 0.5, 0, 0],
    [0, 0, 0.5, 0.5],
    [0, 0, 0, 0],
  ]);
  expect(rowsOf(3, 2, 1)).toEqual([
    [0, 0, 0],
    [0.75, 0.25, 0],
    [0, 0.25, 0.75],
  ]);
});

it('filters with a Gaussian of three standard deviations, without what lies beyond the edges', async () => {
  const length = 9;
  const impulse = new Float32Array(length * length);
  impulse[4 * length + 4] = 1;
  const x: Tensor4D = tensor4d(impulse, [1, length, length, 1]);
  const blurred = [...(await alongAxes(x, gaussian(length, 5), gaussian(length, 5)).data())];
  const weights = [-2, -1, 0, 1, 2].map((each) => Math.exp(-((each * 1.5) ** 2) / 2));
  const total = weights.reduce((sum, each) => sum + each, 0);
  const at = (i: number, j: number) => ((weights[i + 2] ?? 0) * (weights[j + 2] ?? 0)) / total ** 2;
  blurred.forEach((each, k) => {
    expect(each).toBeCloseTo(at(Math.floor(k / length) - 4, (k % length) - 4), 6);
  });
  const ones = add<Tensor4D>(x, 1);
  const [corner] = await alongAxes(ones, gaussian(length, 5), gaussian(length, 5)).data();
  expect(corner).toBeCloseTo(((weights[2] + weights[3] + weights[4]) / total) ** 2, 6);
});
