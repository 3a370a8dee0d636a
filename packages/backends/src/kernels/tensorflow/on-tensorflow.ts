import { any, type NamedAttrMap, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../../kernel-repair';

/** A call of a kernel of tfjs-node; these take and give tensors, and may be composed of tfjs's functions. */
export interface Call {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly attrs: NamedAttrMap;
}
/** What a kernel of tfjs-node asks of its backend. */
export interface Backend {
  readonly binding: Readonly<Record<`TF_${string}`, number>>;
  readSync(dataId: object): ArrayLike<number>;
  /** Runs an operation of TensorFlow, by its name there. */
  executeSingleOutput(operation: string, attributes: readonly object[], inputs: readonly Tensor[]): Tensor;
}

/** A repair of a kernel of tfjs-node, by what the stock kernel gives for other calls. */
export const onTensorflow = (
  kernel: string,
  faults: readonly string[],
  compute: (call: Call, stock: (call: Call) => Tensor, backend: Backend) => Tensor,
): KernelRepair => ({
  backend: 'tensorflow',
  kernel,
  faults,
  replace: (stock) => (call) =>
    tidy(() =>
      compute(
        call as unknown as Call,
        ({ inputs, attrs }) => stock?.({ ...call, inputs, attrs }) as Tensor,
        call.backend as Backend,
      ),
    ),
});

/** Whether any element of a tensor of bools is true; waits for TensorFlow, which does not run ahead anyway. */
export const holds = (each: Tensor, backend: Backend): boolean => backend.readSync(any(each).dataId)[0] !== 0;
