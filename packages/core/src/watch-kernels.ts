import {
  getBackend,
  getKernel,
  getKernelsForBackend,
  type KernelConfig,
  type KernelFunc,
  type NamedAttrMap,
  type NamedTensorInfoMap,
} from '@tensorflow/tfjs-core';

/** A kernel as the engine calls it. */
export interface KernelCall {
  kernel: string;
  inputs: NamedTensorInfoMap;
  attributes: NamedAttrMap;
}

/**
 * Runs a synchronous body and tells of every kernel of the current backend that it calls, before the kernel runs.
 *
 * The registered functions are replaced meanwhile and put back when the body ends, failed or not; nobody else can see the
 * change, since nothing else runs.
 *
 * @param kernels those to tell of; all by default
 */
export function watchKernels<T>(onCall: (call: KernelCall) => void, body: () => T, kernels?: readonly string[]): T {
  const before = new Map<KernelConfig, KernelFunc>();
  for (const config of configs(kernels)) {
    const { kernelName: kernel, kernelFunc } = config;
    before.set(config, kernelFunc);
    config.kernelFunc = (call) => {
      onCall({ kernel, inputs: call.inputs, attributes: call.attrs ?? {} });
      return kernelFunc(call);
    };
  }
  try {
    return body();
  } finally {
    for (const [config, kernelFunc] of before) config.kernelFunc = kernelFunc;
  }
}

function configs(kernels: readonly string[] | undefined): KernelConfig[] {
  const backend = getBackend();
  return kernels ? kernels.flatMap((each) => getKernel(each, backend) ?? []) : getKernelsForBackend(backend);
}
