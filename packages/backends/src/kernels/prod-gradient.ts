import { cumprod, mul, Prod, type ProdAttrs, reshape, type Tensor, transpose, util } from '@tensorflow/tfjs-core';
import type { GradientRepair } from '../kernel-repair';

/**
 * Gradient of a product: for each factor the product of those before it and of those after it, so that none is divided by.
 * tfjs's own takes no axes counted from the end, and needs methods of tensors that only the package `@tensorflow/tfjs` adds.
 */
export const prodGradient: GradientRepair = {
  kernel: Prod,
  faults: ['throws'],
  replace: () => (dy, saved, attributes) => {
    const [x] = saved;
    const { axis } = attributes as unknown as Partial<ProdAttrs>;
    const axes = util.parseAxisParam(axis ?? x.shape.map((_, i) => i), x.shape);
    const kept = x.shape.map((_, i) => i).filter((each) => !axes.includes(each));
    const order = [...kept, ...axes];
    return {
      x() {
        const rows = util.sizeFromShape(kept.map((each) => x.shape[each]));
        const last = transpose(x, order);
        const factors = reshape(last, [rows, util.sizeFromShape(axes.map((each) => x.shape[each]))]);
        const others = mul(cumprod(factors, 1, true, false), cumprod(factors, 1, true, true));
        const gradient = reshape(mul(others, reshape(dy as Tensor, [rows, 1])), last.shape);
        return transpose(
          gradient,
          order.map((_, i) => order.indexOf(i)),
        );
      },
    };
  },
};
