import { type GradConfig, type GradFunc, getGradient } from '@tensorflow/tfjs-core';
import type { KernelCall } from './watch-kernels';

/**
 * Runs a synchronous body and tells of every call of a kernel that it differentiates, when its gradient is made: its attributes,
 * and those of its inputs that the gradient needs.
 *
 * tfjs keeps one gradient of each kernel for all backends. As in `watchKernels` they are replaced meanwhile and put back.
 *
 * @param kernels those to tell of
 */
export function watchGradients<T>(onCall: (call: KernelCall) => void, body: () => T, kernels: readonly string[]): T {
  const before = new Map<GradConfig, GradFunc>();
  for (const config of kernels.flatMap((each) => getGradient(each) ?? [])) {
    const { kernelName: kernel, gradFunc, inputsToSave = [] } = config;
    before.set(config, gradFunc);
    config.gradFunc = (dy, saved, attributes) => {
      onCall({ kernel, inputs: Object.fromEntries(inputsToSave.map((name, i) => [name, saved[i]])), attributes });
      return gradFunc(dy, saved, attributes);
    };
  }
  try {
    return body();
  } finally {
    for (const [config, gradFunc] of before) config.gradFunc = gradFunc;
  }
}
