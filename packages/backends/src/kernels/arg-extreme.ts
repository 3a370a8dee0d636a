import { ArgMax, ArgMin, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../kernel-repair';
import { allFinite } from './all-finite';
import { type ReadableBackend, typedLoop, valuesOf } from './typed-loop';

/** Where the largest or smallest of a row stands, the first NaN where there is one, as in PyTorch; stock kernels pass over it. */
const argExtreme = (
  backend: 'cpu' | 'wasm',
  kernel: string,
  beats: (each: number, best: number) => boolean,
): KernelRepair => ({
  backend,
  kernel,
  faults: ['nan-passed-over'],
  replace: (stock) => (call) => {
    const { x } = call.inputs as Record<'x', TensorInfo>;
    const on = call.backend as ReadableBackend;
    if (allFinite(valuesOf(on, x))) return stock?.(call) as TensorInfo;
    const [axis] = util.parseAxisParam((call.attrs as unknown as { axis: number }).axis, x.shape);
    const stride = util.sizeFromShape(x.shape.slice(axis + 1));
    const shape = x.shape.filter((_, i) => i !== axis);
    return typedLoop(on, [x], shape, 'int32', (out, values) => {
      for (let i = 0; i < out.length; i++) {
        const start = Math.floor(i / stride) * stride * x.shape[axis] + (i % stride);
        let best = values[start];
        for (let at = 1; at < x.shape[axis] && !Number.isNaN(best); at++) {
          const each = values[start + at * stride];
          if (!beats(each, best) && !Number.isNaN(each)) continue;
          best = each;
          out[i] = at;
        }
      }
    });
  },
});

const above = (each: number, best: number) => each > best;
const below = (each: number, best: number) => each < best;

export const argMaxCpu = argExtreme('cpu', ArgMax, above);
export const argMinCpu = argExtreme('cpu', ArgMin, below);
export const argMaxWasm = argExtreme('wasm', ArgMax, above);
export const argMinWasm = argExtreme('wasm', ArgMin, below);
