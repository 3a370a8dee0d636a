import '@tensorflow/tfjs-backend-cpu';
import {
  engine,
  getKernelsForBackend,
  type KernelFunc,
  type NamedTensorInfoMap,
  registerBackend,
  registerKernel,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { aliases } from './aliases';
import { fallback, onCpu } from './fallback';
import { kernels } from './kernels';
import type { LoweredKernel } from './lowered-kernel';
import { OnnxBackend } from './onnx-backend';
import { type OnnxOptions, tryOptions } from './options';
import { rowsAtHand } from './rows-at-hand';

/** The inputs that are given: an optional one that is left out is there as undefined. */
function present(inputs: NamedTensorInfoMap): Record<string, TensorInfo> {
  for (const name in inputs) {
    if (!inputs[name]) return Object.fromEntries(Object.entries(inputs).filter(([, each]) => each)) as never;
  }
  return inputs as Record<string, TensorInfo>;
}

const recording =
  (lowered: LoweredKernel): KernelFunc =>
  ({ inputs, attrs = {}, backend }) => {
    const onnx = backend as OnnxBackend;
    const given = present(inputs);
    if (lowered.takes && !lowered.takes(given, attrs)) return onCpu(onnx, lowered.kernel, inputs as never, attrs);
    return onnx.record(lowered, given, attrs);
  };

const functions = new Map<string, KernelFunc>(
  getKernelsForBackend('cpu').map((each) => [each.kernelName, fallback(each)]),
);
for (const each of kernels) functions.set(each.kernel, recording(each));
for (const [kernel, alias] of Object.entries(aliases)) functions.set(kernel, alias);
functions.set('Slice', rowsAtHand(functions.get('Slice') as KernelFunc));
for (const [kernelName, kernelFunc] of functions) registerKernel({ kernelName, backendName: 'onnx', kernelFunc });

let made: OnnxBackend | undefined;
const factory = (): OnnxBackend => {
  const backend = made ?? new OnnxBackend();
  made = undefined;
  return backend;
};
/** For `useBackend` of @agoge/backends: throws what TensorFlow.js, which calls the factory, would only warn of. */
const prepare = (settings: Partial<OnnxOptions>): void =>
  tryOptions(settings, () => {
    if (!engine().registry.onnx) made = new OnnxBackend();
  });
registerBackend('onnx', Object.assign(factory, { [Symbol.for('@agoge/backend-onnx/prepare')]: prepare }), 4);

export type { OnnxBackend, OnnxReport } from './onnx-backend';
export type { OnnxOptions } from './options';
export { configureOnnx } from './options';
export type { KernelTime, Profile } from './profile';
export { profile } from './profile';
