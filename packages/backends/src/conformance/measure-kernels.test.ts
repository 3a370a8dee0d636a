import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type KernelSpeed, measure, measureKernels } from './measure-kernels';
import { type Workload, workloads } from './workloads';

beforeAll(() => setBackend('cpu'));

const adding: Workload = {
  kernel: 'Add',
  what: 'two vectors',
  unit: 'GB/s',
  call: (n) => ({ inputs: { a: [n, 100], b: [n, 100] }, attributes: {}, work: 4 * 3 * 100 * n }),
};

describe('measureKernels', () => {
  it('gives milliseconds of a call and the rate that follows from its work', async () => {
    const told: KernelSpeed[] = [];
    const [speed] = await measure([adding], { onKernel: (each) => told.push(each) });
    expect(told).toEqual([speed]);
    expect(speed).toMatchObject({ kernel: 'Add', what: 'two vectors, batch 16', unit: 'GB/s' });
    expect(speed.ms).toBeGreaterThan(0);
    expect((speed.rate ?? 0) * (speed.ms ?? 0)).toBeCloseTo((4 * 3 * 100 * 16) / 1e6, 9);
  });

  it('skips a kernel that is missing or throws, with a word why', async () => {
    const nothing = { ms: null, rate: null, unit: 'GB/s', what: 'two vectors' };
    const unlike: Workload = {
      ...adding,
      call: () => ({ inputs: { a: [2], b: [3] }, attributes: {}, work: 1 }),
    };
    expect(await measure([{ ...adding, kernel: 'Nonesuch' }, unlike])).toEqual([
      { ...nothing, kernel: 'Nonesuch', skipped: 'missing' },
      { ...nothing, kernel: 'Add', skipped: expect.stringContaining('could not be broadcast') },
    ]);
  });

  it('runs every workload of its own, with the batch of 1', async () => {
    const single = workloads.map((each): Workload => ({ ...each, call: () => each.call(1) }));
    const small = single.filter(({ kernel }) => !/Filter$/.test(kernel));
    const speeds = await measure(small);
    expect(speeds.filter(({ skipped }) => skipped !== undefined)).toEqual([]);
  });

  it('leaves no tensor, and ends when it is told to', async () => {
    const before = memory().numTensors;
    await measure([adding]);
    const controller = new AbortController();
    const onKernel = () => controller.abort(new Error('enough'));
    await expect(measure([adding, adding], { signal: controller.signal, onKernel })).rejects.toThrow('enough');
    expect(memory().numTensors).toBe(before);
  });

  it('refuses options that it does not know', async () => {
    await expect(measureKernels({ rounds: 3 } as never)).rejects.toThrow('measureKernels: unknown option "rounds"');
  });
});
