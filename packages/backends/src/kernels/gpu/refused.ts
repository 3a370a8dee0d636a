import { BackendError } from '@agoge/core';
import type { KernelFunc, NamedAttrMap, NamedTensorInfoMap } from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../../kernel-repair';

/**
 * A kernel that refuses, by name, those calls that the stock one gets silently wrong and that nothing here puts right.
 *
 * @param says what such a call would be, for the error: `UnsortedSegmentSum of int32`
 */
export const refused = (
  backend: string,
  kernel: string,
  says: string,
  isWrong: (inputs: NamedTensorInfoMap, attributes: NamedAttrMap) => boolean,
): KernelRepair => ({
  backend,
  kernel,
  faults: ['refused-where-wrong'],
  replace: (stock) => (call) => {
    if (isWrong(call.inputs, call.attrs ?? {})) {
      throw new BackendError(backend, `its ${says} is wrong and has no repair; use another backend`);
    }
    return (stock as KernelFunc)(call);
  },
});
