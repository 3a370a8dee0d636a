import '@tensorflow/tfjs-backend-wasm';
import { cast, logicalNot, memory, sign, type Tensor, tensor1d, where } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../use-backend';

beforeAll(async () => {
  await useBackend('wasm');
});

const read = async (x: Tensor) => [...(await x.data())];

describe('sign', () => {
  it('tells the sign of numbers down to the smallest', async () => {
    const x = tensor1d([-1e4, -1e-7, -1e-20, -1e-38, 0, 1e-38, 1e-8, 1.1e-7, 3]);
    expect(await read(sign(x))).toEqual([-1, -1, -1, -1, 0, 1, 1, 1, 1]);
  });

  it('is 0 of NaN, as on cpu', async () => {
    expect(await read(sign(tensor1d([NaN, -2])))).toEqual([0, -1]);
  });
});

describe('cast to bool', () => {
  it.each(['float32', 'int32'] as const)('from %s: all but 0 is true', async (dtype) => {
    const fraction = dtype === 'float32' ? 0.5 : 1;
    const x = tensor1d([-1, fraction, 0, 256, 3], dtype);
    expect(await read(cast(x, 'bool'))).toEqual([1, 1, 0, 1, 1]);
    expect(await read(logicalNot(cast(x, 'bool')))).toEqual([0, 0, 1, 0, 0]);
    expect(await read(where(cast(x, 'bool'), 5, 6))).toEqual([5, 5, 6, 5, 5]);
  });

  it('leaves other casts as they were', async () => {
    expect(await read(cast(tensor1d([-1.5, 2.9]), 'int32'))).toEqual([-1, 2]);
    expect(await read(cast(tensor1d([1, 0], 'bool'), 'float32'))).toEqual([1, 0]);
    expect(await read(cast(tensor1d([1, 0], 'bool'), 'bool'))).toEqual([1, 0]);
  });
});

describe('where of bools', () => {
  it('chooses, and writes no further than its own memory', async () => {
    const many = 64;
    const pattern = (period: number) => Array.from({ length: many }, (_, i) => Number(i % period === 0));
    const [flags, yes, no] = [2, 3, 5].map((period) => tensor1d(pattern(period), 'bool'));
    const neighbours = Array.from({ length: 20 }, () => tensor1d([7, 8, 9]));
    for (let round = 0; round < 20; round++) {
      const chosen = where(flags, yes, no);
      expect(chosen.dtype).toBe('bool');
      const expected = pattern(2).map((flag, i) => (flag ? pattern(3) : pattern(5))[i]);
      expect(await read(chosen)).toEqual(expected);
      chosen.dispose();
    }
    for (const each of neighbours) expect(await read(each)).toEqual([7, 8, 9]);
  });

  it('leaves numbers as they were', async () => {
    expect(await read(where(tensor1d([1, 0], 'bool'), tensor1d([1.5, 2]), 3))).toEqual([1.5, 3]);
  });
});

it('nothing is left behind', async () => {
  const x = tensor1d([1, 0, -2]);
  const before = memory().numTensors;
  for (const each of [sign(x), cast(x, 'bool')]) each.dispose();
  expect(memory().numTensors).toBe(before);
});
