import '@tensorflow/tfjs-backend-cpu';
import {
  getKernelsForBackend,
  type KernelFunc,
  registerBackend,
  registerKernel,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { aliases } from './aliases';
import { fallback, onCpu } from './fallback';
import { kernels } from './kernels';
import type { LoweredKernel } from './lowered-kernel';
import { OnnxBackend } from './onnx-backend';

const recording =
  (lowered: LoweredKernel): KernelFunc =>
  ({ inputs, attrs = {}, backend }) => {
    const onnx = backend as OnnxBackend;
    // An optional input that is left out is there as undefined.
    const given = Object.fromEntries(Object.entries(inputs).filter(([, each]) => each)) as Record<string, TensorInfo>;
    if (lowered.takes && !lowered.takes(given, attrs)) return onCpu(onnx, lowered.kernel, inputs as never, attrs);
    return onnx.record(lowered, given, attrs);
  };

const functions = new Map<string, KernelFunc>(
  getKernelsForBackend('cpu').map((each) => [each.kernelName, fallback(each)]),
);
for (const each of kernels) functions.set(each.kernel, recording(each));
for (const [kernel, alias] of Object.entries(aliases)) functions.set(kernel, alias);
for (const [kernelName, kernelFunc] of functions) registerKernel({ kernelName, backendName: 'onnx', kernelFunc });
registerBackend('onnx', () => new OnnxBackend(), 4);

export type { OnnxBackend, OnnxReport } from './onnx-backend';
export type { OnnxOptions } from './options';
export { configureOnnx } from './options';
export type { KernelTime, Profile } from './profile';
export { profile } from './profile';
