import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  engine,
  getBackend,
  getKernel,
  type KernelBackend,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';

/** What a kernel is composed of: other kernels, and loops over numbers. */
export interface Composer {
  /** Runs a registered kernel of the same backend. */
  run(kernel: string, inputs: NamedTensorInfoMap, attributes?: NamedAttrMap): TensorInfo;
  /** A tensor of float32 written by a loop; its memory is not cleared beforehand. */
  write(shape: number[], loop: (out: Float32Array) => void): TensorInfo;
  /** Hands a tensor made by other means to the composition, which frees it. */
  own(made: TensorInfo): TensorInfo;
}

/**
 * A kernel composed of other kernels of its backend, which need not be the current one: onnx runs kernels of cpu.
 *
 * Every tensor made on the way is freed, whether `body` returns or throws, but the one that it returns.
 */
export function compose(backend: KernelBackend, body: (composer: Composer) => TensorInfo): TensorInfo {
  const made: TensorInfo[] = [];
  let result: TensorInfo | undefined;
  const { registry } = engine();
  const name = Object.keys(registry).find((each) => registry[each] === backend) ?? getBackend();
  const own = (each: TensorInfo) => {
    made.push(each);
    return each;
  };
  try {
    result = body({
      own,
      run: (kernel, inputs, attrs = {}) =>
        own(getKernel(kernel, name).kernelFunc({ inputs, attrs, backend }) as TensorInfo),
      write: (shape, loop) => own(written(backend, shape, loop)),
    });
    return result;
  } finally {
    for (const each of made) if (each !== result) backend.disposeData(each.dataId);
  }
}

function written(backend: KernelBackend, shape: number[], loop: (out: Float32Array) => void): TensorInfo {
  if (isWasm(backend)) {
    const out = backend.makeOutput(shape, 'float32');
    loop(floats(backend, out));
    return out;
  }
  const out = new Float32Array(util.sizeFromShape(shape));
  loop(out);
  return { dataId: backend.write(out, shape, 'float32'), shape, dtype: 'float32' };
}

const isWasm = (backend: KernelBackend): backend is BackendWasm => 'typedArrayFromHeap' in backend;

/** A view of a float32 tensor on the wasm heap; the next allocation may detach it. */
export const floats = (backend: BackendWasm, tensor: TensorInfo) => backend.typedArrayFromHeap(tensor) as Float32Array;
