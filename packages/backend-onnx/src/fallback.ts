import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import {
  type BackendValues,
  backend_util,
  type DataType,
  engine,
  getKernel,
  type KernelConfig,
  type KernelFunc,
  type NamedAttrMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { OnnxBackend } from './onnx-backend';

/** Kernels of tfjs 4.22 that are silently wrong on the cpu backend; `repairBackend` of @agoge/backends marks those it mends. */
const faulty = new Set([
  'AvgPoolGrad',
  'BatchMatMul',
  'MaxPool',
  'ResizeBilinearGrad',
  'ResizeNearestNeighborGrad',
  'StridedSlice',
  'TopK',
  'Transform',
  'UnsortedSegmentSum',
]);
const repaired = Symbol.for('@agoge/backends/repaired');

/** What a kernel is given: tensors, some of them left out, some in lists, under names or one after another. */
type Given = TensorInfo | undefined | null | readonly Given[] | { readonly [name: string]: Given };

/** A tensor with its values, as the cpu backend holds it; complex ones are two tensors there, and pairs of numbers here. */
function onto(cpu: MathBackendCPU, { shape, dtype }: TensorInfo, values: BackendValues): TensorInfo {
  // Some of its kernels ask a tensor for its rank.
  const info = (type: DataType, each: BackendValues) => ({
    ...cpu.makeTensorInfo(shape, type, each as Float32Array),
    rank: shape.length,
  });
  if (dtype !== 'complex64') return info(dtype, values);
  const { real, imag } = backend_util.splitRealAndImagArrays(values as Float32Array);
  const parts = { real: info('float32', real), imag: info('float32', imag) };
  const joined = getKernel('Complex', 'cpu').kernelFunc({ inputs: parts, attrs: {}, backend: cpu }) as TensorInfo;
  for (const each of Object.values(parts)) cpu.disposeData(each.dataId, true);
  return joined;
}

/** Runs a kernel of the cpu backend on values that are read for it. */
export function onCpu(
  backend: OnnxBackend,
  kernel: string,
  inputs: Given,
  attrs: NamedAttrMap,
): TensorInfo | TensorInfo[] {
  const { kernelFunc } = getKernel(kernel, 'cpu');
  if (faulty.has(kernel) && !(repaired in kernelFunc)) {
    const advice = 'call repairBackend() of @agoge/backends';
    throw new Error(`onnx: this ${kernel} would run on the cpu backend's kernel, which is faulty: ${advice}`);
  }
  backend.fallbacks.set(kernel, (backend.fallbacks.get(kernel) ?? 0) + 1);
  const cpu = engine().findBackend('cpu') as MathBackendCPU;
  const made: TensorInfo[] = [];
  const moved = (given: Given): Given => {
    if (!given) return given;
    if (Array.isArray(given)) return given.map(moved);
    if (!isTensor(given)) return Object.fromEntries(Object.entries(given).map(([name, each]) => [name, moved(each)]));
    const info = onto(cpu, given, backend.readSync(given.dataId));
    made.push(info);
    return info;
  };
  try {
    const given = moved(inputs);
    const start = performance.now();
    const found = kernelFunc({ inputs: given as never, attrs, backend: cpu });
    const results = [found].flat();
    made.push(...results);
    const back = results.map(({ dataId, shape, dtype }) => {
      const values = dtype === 'complex64' ? cpu.readSync(dataId) : (cpu.data.get(dataId).values as BackendValues);
      return { dataId: backend.write(values, shape, dtype), shape, dtype };
    });
    backend.onFallback?.(kernel, performance.now() - start);
    return Array.isArray(found) ? back : back[0];
  } finally {
    for (const each of made) cpu.disposeData(each.dataId, true);
  }
}

const isTensor = (given: object): given is TensorInfo => 'dataId' in given;

export const fallback =
  ({ kernelName }: KernelConfig): KernelFunc =>
  ({ inputs, attrs, backend }) =>
    onCpu(backend as OnnxBackend, kernelName, inputs, attrs ?? {});
