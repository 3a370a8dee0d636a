import type { GradFunc, KernelFunc, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';

/** A kernel of tfjs 4.22 that is missing, wrong or too slow on a backend, and what replaces it. */
export interface KernelRepair {
  /** The backend's name: `cpu`, `wasm`, `webgl`, `webgpu`, `tensorflow`. */
  readonly backend: string;
  readonly kernel: string;
  /** Names of what is wrong with the stock kernel; `missing` where there is none. */
  readonly faults: readonly string[];
  /** Makes the kernel that is registered in its place; `stock` is absent where it is missing. */
  replace(stock: KernelFunc | undefined): KernelFunc;
}

/** A gradient of tfjs 4.22 that is missing or wrong on every backend, and what replaces it; tfjs keeps one for each kernel. */
export interface GradientRepair {
  /** The kernel that is differentiated. */
  readonly kernel: string;
  readonly faults: readonly string[];
  replace(stock: GradFunc): GradFunc;
}

/** A kernel's function with its inputs, attributes and backend typed; tfjs knows them only as maps. */
export function kernelFunction<Inputs, Attributes, Backend>(
  compute: (inputs: Inputs, attributes: Attributes, backend: Backend) => TensorInfo,
): KernelFunc {
  return ({ inputs, attrs, backend }: { inputs: NamedTensorInfoMap; attrs?: NamedAttrMap; backend: unknown }) =>
    compute(inputs as Inputs, (attrs ?? {}) as Attributes, backend as Backend);
}
