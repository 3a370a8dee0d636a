import '@tensorflow/tfjs-layers';
import {
  addN,
  backend,
  cast,
  div,
  floorDiv,
  mod,
  mul,
  setBackend,
  type Tensor,
  type Tensor1D,
  tensor1d,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import '../index';
import type { OnnxBackend } from '../index';

const least = -(2 ** 31);
const whole = [least, least, least, 7, -7, 7, -7, 0, 5, -5, 0, 2 ** 31 - 1, 1, 2 ** 31 - 1];
const by = [-1, 0, least, 2, 2, -2, -2, 3, 0, 0, 0, -1, least, 2 ** 30];
const broken = [5.5, -5.5, 5.5, -5.5, 1, Number.NaN, Infinity, 3];
const divisors = [2, 2, -2, -2, 0, 1, 2, Infinity];
const as = (numbers: number[], dtype: 'int32' | 'float32') => tensor1d(numbers, dtype);

async function onBoth(compute: () => Tensor): Promise<[ArrayLike<number>, ArrayLike<number>]> {
  await setBackend('cpu');
  const expected = await compute().data();
  await setBackend('onnx');
  const before = { ...(backend() as OnnxBackend).report().fallbacks };
  const actual = await compute().data();
  expect((backend() as OnnxBackend).report().fallbacks).toEqual(before);
  return [expected, actual];
}

it.each<[string, (a: Tensor1D, b: Tensor1D) => Tensor, 'int32' | 'float32']>([
  ['div of int32', div, 'int32'],
  ['floorDiv of int32', floorDiv, 'int32'],
  ['mod of int32', mod, 'int32'],
  ['mul of int32', mul, 'int32'],
  ['mod of float32', mod, 'float32'],
])('%s is what it is on cpu, by 0 and over the edge of 32 bits', async (_, op, dtype) => {
  const [a, b] = dtype === 'int32' ? [whole, by] : [broken, divisors];
  const [expected, actual] = await onBoth(() => op(as(a, dtype), as(b, dtype)));
  expect([...Array.from(actual)]).toEqual([...Array.from(expected)]);
});

it('a sum of whole numbers is one of whole numbers', async () => {
  const [expected, actual] = await onBoth(() => addN([as(whole, 'int32'), as(by, 'int32'), as(by, 'int32')]));
  expect(Array.from(actual)).toEqual(Array.from(expected));
});

it('what is cast to int32 is cut as on cpu: NaN and the infinities to 0, what is too large around', async () => {
  const numbers = [1.9, -1.9, Number.NaN, Infinity, -Infinity, 3e9, -3e9, 2 ** 40 + 2 ** 20, 1e30, -1e30, 0.99];
  const [expected, actual] = await onBoth(() => cast(as(numbers, 'float32'), 'int32'));
  expect(Array.from(actual)).toEqual(Array.from(expected));
});
