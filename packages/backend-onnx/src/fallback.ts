import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import {
  type BackendValues,
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

/** Runs a kernel of the cpu backend on values that are read for it. */
export function onCpu(
  backend: OnnxBackend,
  kernel: string,
  inputs: Record<string, TensorInfo>,
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
  const moved = (info: TensorInfo): TensorInfo => {
    const values = backend.readSync(info.dataId);
    const copy = cpu.makeTensorInfo(info.shape, info.dtype, values as Float32Array);
    made.push(copy);
    return copy;
  };
  const given = Object.entries(inputs).map(([name, info]) => [name, info && moved(info)] as const);
  const mapped = Array.isArray(inputs) ? given.map(([, info]) => info) : Object.fromEntries(given);
  const start = performance.now();
  const found = kernelFunc({ inputs: mapped as never, attrs, backend: cpu });
  const results = [found].flat();
  const back = results.map(({ dataId, shape, dtype }) => ({
    dataId: backend.write(cpu.data.get(dataId).values as BackendValues, shape, dtype),
    shape,
    dtype,
  }));
  backend.onFallback?.(kernel, performance.now() - start);
  for (const each of [...made, ...results]) cpu.disposeData(each.dataId, true);
  return Array.isArray(found) ? back : back[0];
}

export const fallback =
  ({ kernelName }: KernelConfig): KernelFunc =>
  ({ inputs, attrs, backend }) =>
    onCpu(backend as OnnxBackend, kernelName, inputs as Record<string, TensorInfo>, attrs ?? {});
