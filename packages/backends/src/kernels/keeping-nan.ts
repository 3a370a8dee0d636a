import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { Neg, type TensorInfo } from '@tensorflow/tfjs-core';
import { allFinite } from './all-finite';
import { type Composer, floats } from './composition';

/**
 * The result of a linear function whose kernel clamps what it gives to [-Infinity, Infinity], and so makes -Infinity of NaN.
 *
 * Where -Infinity is met, which no network should give, the function of -x tells: Infinity where it is one, else -Infinity too.
 */
export function keepingNaN(
  { own, run, write }: Composer,
  backend: BackendWasm,
  x: TensorInfo,
  linear: (x: TensorInfo) => TensorInfo,
): TensorInfo {
  const y = own(linear(x));
  if (allFinite(floats(backend, y))) return y;
  const negated = own(linear(run(Neg, { x })));
  return write(y.shape, (out) => {
    const [each, other] = [floats(backend, y), floats(backend, negated)];
    for (let i = 0; i < out.length; i++) {
      out[i] = each[i] === Number.NEGATIVE_INFINITY && other[i] === Number.NEGATIVE_INFINITY ? Number.NaN : each[i];
    }
  });
}
