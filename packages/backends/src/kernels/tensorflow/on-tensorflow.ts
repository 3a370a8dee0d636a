import { type NamedAttrMap, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../../kernel-repair';

/** A call of a kernel of tfjs-node; these take and give tensors, and may be composed of tfjs's functions. */
export interface Call {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly attrs: NamedAttrMap;
}

/** A repair of a kernel of tfjs-node, by what the stock kernel gives for other calls. */
export const onTensorflow = (
  kernel: string,
  faults: readonly string[],
  compute: (call: Call, stock: (call: Call) => Tensor) => Tensor,
): KernelRepair => ({
  backend: 'tensorflow',
  kernel,
  faults,
  replace: (stock) => (call) =>
    tidy(() =>
      compute(
        call as unknown as Call,
        (other) => stock?.({ ...call, inputs: other.inputs, attrs: other.attrs }) as Tensor,
      ),
    ),
});
