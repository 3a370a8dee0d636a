import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';

/** A backend whose tensors lie in memory that JavaScript reads. */
export type ReadableBackend = MathBackendCPU | BackendWasm;
export type Values = Float32Array | Int32Array;

/**
 * A kernel that is a loop over typed arrays, on the cpu or the wasm backend alike.
 *
 * @param inputs what the loop reads, given to it in this order after its output
 * @param loop fills `out`, which starts as zeros
 */
export function typedLoop(
  backend: ReadableBackend,
  inputs: readonly TensorInfo[],
  shape: number[],
  dtype: DataType,
  loop: (out: Values, ...values: Values[]) => void,
): TensorInfo {
  if ('typedArrayFromHeap' in backend) {
    // The output first: an allocation that grows the heap detaches every view taken before.
    const made = backend.makeOutput(shape, dtype);
    const out = backend.typedArrayFromHeap(made) as Values;
    out.fill(0);
    loop(out, ...inputs.map((each) => valuesOf(backend, each)));
    return made;
  }
  const out = util.getTypedArrayFromDType(dtype as 'float32', util.sizeFromShape(shape)) as Values;
  loop(out, ...inputs.map((each) => valuesOf(backend, each)));
  return backend.makeTensorInfo(shape, dtype, out);
}

/** The numbers of a tensor where they lie; on wasm the next allocation may detach them. */
export function valuesOf(backend: ReadableBackend, tensor: TensorInfo): Values {
  if ('typedArrayFromHeap' in backend) return backend.typedArrayFromHeap(tensor) as Values;
  return backend.data.get(tensor.dataId).values as Values;
}
