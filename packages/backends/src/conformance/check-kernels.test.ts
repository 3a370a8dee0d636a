import '@tensorflow/tfjs-backend-cpu';
import { add, backend, engine, keep, memory, mul, ones, setBackend, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkCases, checkKernels, type KernelReport } from './check-kernels';
import type { KernelCase } from './kernel-case';

const sum: KernelCase = {
  kernel: 'Add',
  of: 'forward',
  name: 'two numbers',
  compute: () => add(tensor1d([1, 2]), tensor1d([0.5, 0.25])),
  shape: [2],
  dtype: 'float32',
  expected: () => [1.5, 2.25],
  precision: 'exact',
};

const verdictOf = async (change: Partial<KernelCase>): Promise<KernelReport> =>
  (await checkCases([{ ...sum, ...change }]))[0];

beforeAll(() => setBackend('cpu'));

describe('a case', () => {
  it('conforms with its worst error, relative where more than 1 is expected', async () => {
    expect(await verdictOf({})).toEqual({ kernel: 'Add', cases: 1, error: 0, verdict: 'conforms', failures: [] });
    const off = { expected: () => [1.5, 2.25 + 2.25e-6], precision: 'arithmetic' } as const;
    const { error, verdict } = await verdictOf(off);
    expect(verdict).toBe('conforms');
    expect(error).toBeCloseTo(1e-6, 9);
  });

  it.each<[string, Partial<KernelCase>, string]>([
    ['another value', { expected: () => [1.5, 3] }, '[1] is 2.25, not 3'],
    [
      'another value, by its coordinates',
      {
        compute: () => add(tensor2d([[1, 2, 3]]), tensor2d([[0], [0.1]])),
        shape: [2, 3],
        expected: () => [1, 2, 3, 1.1, 2.2, 3.1],
        precision: 'arithmetic',
      },
      '[1, 1] is 2.0999999, not 2.2',
    ],
    ['NaN where a number is expected', { compute: () => add(tensor1d([1, Number.NaN]), 0.5) }, '[1] is NaN, not 2.25'],
    ['a number where NaN is expected', { expected: () => [Number.NaN, 2.25] }, '[0] is 1.5, not NaN'],
    [
      'another infinity',
      { compute: () => add(tensor1d([1, 1 / 0]), 0.5), expected: () => [1.5, -1 / 0] },
      'not -Infinity',
    ],
    ['another shape', { shape: [1, 2] }, 'has shape [2], not [1, 2]'],
    ['another type', { dtype: 'int32' }, 'is of type float32, not int32'],
    ['another kernel', { compute: () => mul(tensor1d([1, 3]), 1.5) }, 'runs without Add: Multiply'],
    ['an error', { compute: () => add(ones([2]), ones([3])) }, 'Operands could not be broadcast'],
    [
      'a tensor left behind',
      { compute: () => add(keep(tensor1d([1, 2])), tensor1d([0.5, 0.25])) },
      'leaves 1 tensor behind',
    ],
    [
      'a buffer that a kernel leaves behind',
      {
        compute: () => {
          backend().write(Float32Array.of(1), [1], 'float32');
          return add(tensor1d([1, 2]), tensor1d([0.5, 0.25]));
        },
      },
      'leaves 1 tensor behind',
    ],
  ])('fails for %s', async (_, change, message) => {
    const { verdict, error, failures } = await verdictOf(change);
    expect(verdict).toBe('faulty');
    expect(error).not.toBeNaN();
    expect(failures).toEqual([{ of: 'forward', name: 'two numbers', message: expect.stringContaining(message) }]);
  });

  it('of a kernel that the backend lacks: missing, with the error', async () => {
    const compute = () => engine().runKernel('Nonesuch', { x: ones([2]) }) as never;
    const { verdict, error, failures } = await verdictOf({ kernel: 'Nonesuch', compute });
    expect([verdict, error]).toEqual(['missing', Number.POSITIVE_INFINITY]);
    expect(failures[0].message).toContain("'Nonesuch' not registered for backend 'cpu'");
  });
});

describe('checkKernels', () => {
  const others = ['Add', 'Mul', 'Add', 'Sub'].map((kernel, i): KernelCase => ({ ...sum, kernel, name: `case ${i}` }));

  it('reports by kernel, in the order of the cases, and tells of each', async () => {
    const told: KernelReport[] = [];
    const reports = await checkCases(others, { onKernel: (report) => void told.push(report) });
    expect(reports.map(({ kernel, cases, verdict }) => [kernel, cases, verdict])).toEqual([
      ['Add', 2, 'conforms'],
      ['Mul', 1, 'missing'],
      ['Sub', 1, 'faulty'],
    ]);
    expect(told).toEqual(reports);
  });

  it('checks the kernels that are asked for, and refuses one that it has no case of', async () => {
    const reports = await checkCases(others, { kernels: ['Sub', 'Add'] });
    expect(reports.map(({ kernel }) => kernel)).toEqual(['Sub', 'Add']);
    await expect(checkCases(others, { kernels: ['add'] })).rejects.toThrow(
      'checkKernels: unknown kernel "add"; did you mean "Add"? (known: Add, Mul, Sub)',
    );
  });

  it('lets the event loop turn between kernels, and ends there when it is told to', async () => {
    const controller = new AbortController();
    const told: string[] = [];
    setImmediate(() => controller.abort(new Error('enough')));
    const checked = checkCases(others, { signal: controller.signal, onKernel: ({ kernel }) => void told.push(kernel) });
    await expect(checked).rejects.toThrow('enough');
    expect(told.length).toBeLessThan(3);
  });

  it('refuses options that it does not know', async () => {
    await expect(checkKernels({ kernel: ['Add'] } as never)).rejects.toThrow(TypeError);
    await expect(checkKernels({ kernels: 'Add' as never })).rejects.toThrow(
      'kernels must be an array of a string, got',
    );
  });

  it('leaves no tensor', async () => {
    const before = memory().numTensors;
    await checkCases(others);
    expect(memory().numTensors).toBe(before);
  });
});
