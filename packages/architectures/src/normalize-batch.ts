import {
  add,
  batchNorm,
  customGrad,
  div,
  type GradSaveFunc,
  moments,
  mul,
  rsqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  tidy,
} from '@tensorflow/tfjs-core';

interface NormalizedBatch {
  readonly y: Tensor;
  /** The batch's, over all axes but the last; variance biased. No gradient flows through them. */
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * A batch normalised by its own statistics: `y = weight (x - mean) r + bias` with `r = 1 / sqrt(variance + epsilon)`.
 *
 * The gradient goes through the statistics: `dx = weight r (dy - mean(dy) - (x - mean) r² mean(dy (x - mean)))`, in about half
 * as many passes over the batch as the composed one has, and subtracting before it multiplies, as that does.
 *
 * S. Ioffe and C. Szegedy, Batch normalization (ICML 2015), section 3.
 *
 * @param x `[..., channels]`
 * @param weight `[channels]`, and so `bias`
 */
export function normalizeBatch(x: Tensor, weight: Tensor, bias: Tensor, epsilon: number): NormalizedBatch {
  return tidy(() => {
    const axes = [...x.shape.keys()].slice(0, -1);
    const { mean, variance } = moments(x, axes);
    const count = x.size / x.shape[x.rank - 1];
    const normalize = customGrad((...inputs) => {
      const [batch, scale, offset] = inputs as Tensor1D[];
      const save = inputs[3] as unknown as GradSaveFunc;
      save([batch, scale, mean, variance]);
      const gradFunc = (dy: Tensor, saved: Tensor[]) => {
        const [of, weights, centre, spread] = saved;
        const r = rsqrt(add(spread, epsilon));
        const centred = sub(of, centre);
        const dBias = sum(dy, axes);
        const slope = sum(mul(dy, centred), axes);
        const straight = sub(dy, div(dBias, count));
        const bent = mul(centred, mul(square(r), div(slope, count)));
        return [mul(sub(straight, bent), mul(weights, r)), mul(slope, r), dBias];
      };
      return { value: batchNorm(batch, mean as Tensor1D, variance as Tensor1D, offset, scale, epsilon), gradFunc };
    });
    return { y: normalize(x, weight, bias), mean, variance };
  });
}
