import { kernelCases } from '../src/conformance/all-cases';

/** What is repaired on GPUs, or stands in every attack and training step. */
const always = [
  'AvgPoolGrad',
  'BatchMatMul',
  'Conv2DBackpropFilter',
  'Conv2DBackpropInput',
  'CropAndResize',
  'Cumsum',
  'MaxPoolGrad',
  'RealDiv',
  'ResizeBilinearGrad',
  'Sum',
  'Transpose',
];

/** Programs of GPUs are slow where no GPU is: a third of the other kernels, unless AGOGE_TEST=full. */
export function kernelShare(which: 0 | 1 | 2): string[] {
  const kernels = [...new Set(kernelCases.map(({ kernel }) => kernel))];
  if (process.env.AGOGE_TEST === 'full') return kernels;
  return kernels.filter((kernel, i) => i % 3 === which || always.includes(kernel));
}

/** Stock kernels that the suite must find at fault, by backend. */
export const faultyStock = {
  webgl: ['AvgPoolGrad', 'MaxPoolGrad', 'CropAndResize', 'RealDiv', 'ResizeBilinearGrad'],
  webgpu: ['AvgPoolGrad', 'MaxPoolGrad', 'CropAndResize', 'Cumsum', 'Transpose', 'ArgMax', 'ResizeBilinearGrad'],
} as const;
