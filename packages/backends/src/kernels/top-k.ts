import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { type TensorInfo, TopK, type TopKAttrs } from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../kernel-repair';
import { typedLoop } from './typed-loop';

/** The k largest of each row, the first of ties first; the stock kernel orders by differences, which fails among infinities. */
export const topKCpu: KernelRepair = {
  backend: 'cpu',
  kernel: TopK,
  faults: ['infinities-out-of-order'],
  replace:
    () =>
    ({ inputs, attrs, backend }) => {
      const { x } = inputs as Record<'x', TensorInfo>;
      const { k } = attrs as unknown as TopKAttrs;
      const width = x.shape[x.shape.length - 1];
      const shape = [...x.shape.slice(0, -1), k];
      const ordered = (dtype: TensorInfo['dtype'], of: (value: number, index: number) => number) =>
        typedLoop(backend as MathBackendCPU, [x], shape, dtype, (out, values) => {
          for (let row = 0; row < out.length / k; row++) {
            const from = row * width;
            const order = Array.from({ length: width }, (_, i) => i).sort(
              (i, j) =>
                Number(values[from + j] > values[from + i]) - Number(values[from + j] < values[from + i]) || i - j,
            );
            for (let i = 0; i < k; i++) out[row * k + i] = of(values[from + order[i]], order[i]);
          }
        });
      return [ordered(x.dtype, (value) => value), ordered('int32', (_, index) => index)];
    },
};
