import { type StockFault, stockFaults } from '@agoge/core';
import { tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { renewWasm } from '../node/renew-wasm';
import { useBackend } from '../use-backend';
import { checkKernels, type KernelReport } from './check-kernels';

/** The faults of TensorFlow.js 4.22.0 that were met first, each with a case that finds it. */
const known: ['cpu' | 'wasm', fault: string, kernel: string, of: 'forward' | 'gradient', name: string][] = [
  ['wasm', 'loses the gradient of maxima below zero', 'MaxPoolGrad', 'forward', 'all negative'],
  ['wasm', 'takes the last of tied maxima', 'MaxPoolGrad', 'forward', 'ties'],
  ['wasm', 'counts padding', 'AvgPoolGrad', 'forward', '3x3, stride 1, same, 2x6x8x3'],
  ['cpu', 'counts padding', 'AvgPoolGrad', 'forward', '3x3, stride 1, same, 2x6x8x3'],
  ['wasm', 'adds the bias to each partial sum', '_FusedMatMul', 'forward', 'linear, bias: 3x100 by 100x6 transposed'],
  ['wasm', 'clamps partial sums', '_FusedMatMul', 'forward', 'relu: 17x100 by 100x10 transposed'],
  ['wasm', 'keeps weights in their first shape', 'BatchMatMul', 'forward', 'weights that ran before in another shape'],
  ['wasm', 'has no derivative by dilation', 'Conv2D', 'gradient', 'by input: dilation 2'],
  ['cpu', 'has no derivative by dilation', 'Conv2D', 'gradient', 'by input: dilation 2'],
  ['cpu', 'has no derivative by dilation', 'DepthwiseConv2dNative', 'gradient', 'by input: dilation 2'],
  ['wasm', 'takes the tiny for zero', 'Sign', 'forward', 'tiny'],
  ['wasm', 'misreads windows whose number is rounded up', 'Conv2D', 'forward', 'ceil: 4x5 by 3x2, stride 2'],
  ['wasm', 'has a maximum of padding', 'MaxPool', 'forward', 'padding as wide as the window'],
  ['cpu', 'forgets a rounding mode in gradients', 'MaxPoolGrad', 'forward', 'ceil: 4x5 by 3x2, stride 2'],
  ['cpu', 'reads another row at an index outside', 'GatherNd', 'forward', 'outside: [2,2] at [1,-1]'],
  ['wasm', 'reads beyond the tensor at an index outside', 'GatherNd', 'forward', 'outside: [2,2] at [2,0]'],
];
const missing = [
  'Conv2DBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'DepthwiseConv2dNativeBackpropFilter',
  'UnsortedSegmentSum',
];

const reports = { cpu: new Map<string, KernelReport>(), wasm: new Map<string, KernelReport>() };
const faults = { cpu: [] as StockFault[], wasm: [] as StockFault[] };
const backends = ['cpu', 'wasm'] as const;

/** Whether a fault's program goes wrong on the current backend. */
async function isMet({ compute, right }: StockFault): Promise<boolean> {
  const result = tidy(compute);
  const found = Array.from(await result.data());
  result.dispose();
  return found.some((each, i) => !(Math.abs(each - right[i]) <= 1e-3));
}

beforeAll(async () => {
  for (const name of backends) {
    await useBackend(name, { repair: false });
    const onKernel = async (report: KernelReport) => {
      reports[name].set(report.kernel, report);
      if (report.verdict === 'faulty') await renewWasm();
    };
    await checkKernels({ onKernel });
    for (const fault of stockFaults) if (await isMet(fault)) faults[name].push(fault);
  }
});

describe('the suite on stock backends', () => {
  it.each(known)('finds that %s %s (%s, %s: %s)', (backend, _, kernel, of, name) => {
    const report = reports[backend].get(kernel);
    expect(report?.verdict).toBe('faulty');
    expect(report?.failures).toContainEqual({ of, name, message: expect.stringMatching(/is .+, not |dilation rates/) });
  });

  it.each(missing)('finds that wasm has no %s', (kernel) => {
    expect(reports.wasm.get(kernel)?.verdict).toBe('missing');
    expect(reports.cpu.get(kernel)?.verdict).not.toBe('missing');
  });

  it.each(backends)('finds every fault of %s that the probe knows', (backend) => {
    expect(faults[backend].length).toBeGreaterThan(backend === 'wasm' ? 8 : 0);
    for (const { kernel, fault } of faults[backend]) {
      expect(reports[backend].get(kernel)?.verdict, `${kernel}: ${fault}`).toBe('faulty');
    }
  });
});
