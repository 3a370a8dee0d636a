import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, FloorDiv, Maximum, Minimum, Mod, Prelu, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../kernel-repair';
import { allFinite } from './all-finite';
import { spread } from './broadcast';
import { typedLoop, type Values } from './typed-loop';

/** A function of two numbers, applied to two tensors whose shapes are broadcast. */
function pairwise(a: TensorInfo, b: TensorInfo, dtype: TensorInfo['dtype'], of: (a: number, b: number) => number) {
  return (backend: BackendWasm) => {
    const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
    return typedLoop(backend, [a, b], shape, dtype, (out, left, right) => {
      const [x, y] = [spread(left, a.shape, shape), spread(right, b.shape, shape)];
      for (let i = 0; i < out.length; i++) out[i] = of(x[i], y[i]);
    });
  };
}

type Pair = Record<'a' | 'b', TensorInfo>;

/** NaN wherever one of two numbers is; the stock kernels, which take the rest, lose that of the second. */
const extreme = (kernel: string, of: (a: number, b: number) => number): KernelRepair => ({
  backend: 'wasm',
  kernel,
  faults: ['nan-lost'],
  replace: (stock) => (call) => {
    const { a, b } = call.inputs as Pair;
    const backend = call.backend as BackendWasm;
    if (allFinite(backend.typedArrayFromHeap(b))) return stock?.(call) as TensorInfo;
    return pairwise(a, b, a.dtype, of)(backend);
  },
});

export const maximum = extreme(Maximum, Math.max);
export const minimum = extreme(Minimum, Math.min);

/** The quotient of integers rounded down, 0 where the divisor is 0; the stock kernel divides in float32. */
export const floorDiv: KernelRepair = {
  backend: 'wasm',
  kernel: FloorDiv,
  faults: ['integers-in-float32'],
  replace: (stock) => (call) => {
    const { a, b } = call.inputs as Pair;
    if (a.dtype !== 'int32') return stock?.(call) as TensorInfo;
    return pairwise(a, b, 'int32', (x, y) => Math.floor(x / y))(call.backend as BackendWasm);
  },
};

/** The remainder of integers that has the divisor's sign, 0 where that is 0, at which the stock kernel ends. */
export const mod: KernelRepair = {
  backend: 'wasm',
  kernel: Mod,
  faults: ['throws-by-zero'],
  replace: (stock) => (call) => {
    const { a, b } = call.inputs as Pair;
    if (a.dtype !== 'int32') return stock?.(call) as TensorInfo;
    return pairwise(a, b, 'int32', (x, y) => (x % y !== 0 && x < 0 !== y < 0 ? (x % y) + y : x % y))(
      call.backend as BackendWasm,
    );
  },
};

/** Slopes that are no numbers, or that do not repeat as a whole along the batch, which the stock kernel misreads. */
export const prelu: KernelRepair = {
  backend: 'wasm',
  kernel: Prelu,
  faults: ['slopes-by-position', 'infinite-slopes'],
  replace: (stock) => (call) => {
    const { x, alpha } = call.inputs as Record<'x' | 'alpha', TensorInfo>;
    const backend = call.backend as BackendWasm;
    const shape = [...alpha.shape];
    while (shape[0] === 1) shape.shift();
    const repeats = util.arraysEqual(shape, x.shape.slice(x.shape.length - shape.length));
    const slopes = backend.typedArrayFromHeap(alpha) as Values;
    if (repeats && allFinite(slopes)) return stock?.(call) as TensorInfo;
    return pairwise(x, alpha, 'float32', (each, slope) => (each < 0 ? each * slope : each))(backend);
  },
};
