import {
  add,
  BroadcastTo,
  div,
  engine,
  FusedBatchNorm,
  fill,
  type GradConfig,
  getBackend,
  getGradient,
  Mean,
  mul,
  type NamedAttrMap,
  neg,
  registerGradient,
  reshape,
  rsqrt,
  Sum,
  square,
  sub,
  sum,
  type Tensor,
  util,
} from '@tensorflow/tfjs-core';

type Gradient = GradConfig['gradFunc'];

/** Spreads the gradient of a reduction over what was reduced: no element is written until something reads them all. */
function spread(dy: Tensor, { shape }: Tensor, { axis }: NamedAttrMap, divide: boolean): Tensor {
  const axes = util.parseAxisParam(axis as number | number[], shape);
  const reduced = reshape(
    dy,
    shape.map((length, i) => (axes.includes(i) ? 1 : length)),
  );
  const count = util.sizeFromShape(axes.map((i) => shape[i]));
  return engine().runKernel(BroadcastTo, { x: divide ? div(reduced, count) : reduced }, { shape });
}

/**
 * The gradients of a normalisation by a mean and a variance for each channel, by two sums: of dy, and of dy (x - mean). The runtime
 * finds what is written twice; tfjs makes about three times as many passes over the images. The numbers that multiply dy are
 * constant where the weights are.
 */
function normalizationGradients(
  dy: Tensor,
  [x, mean, variance, scale]: Tensor[],
  { varianceEpsilon }: NamedAttrMap,
): ReturnType<Gradient> {
  const axes = x.shape.slice(1).map((_, axis) => axis);
  const perDeviation = () => rsqrt(add(variance, fill([1], varianceEpsilon as number)));
  const factor = () => (scale ? mul(scale, perDeviation()) : perDeviation());
  const total = () => sum(dy, axes);
  const alongX = () => sum(mul(dy, sub(x, mean)), axes);
  return {
    x: () => mul(dy, factor()),
    mean: () => neg(mul(total(), factor())),
    variance: () => mul(alongX(), mul(mul(factor(), square(perDeviation())), -0.5)),
    scale: () => mul(alongX(), perDeviation()),
    offset: total,
  };
}

/** Gradients in place of tfjs's; nothing where tfjs's is to do. */
const gradients: Record<string, (...given: Parameters<Gradient>) => ReturnType<Gradient> | undefined> = {
  [Sum]: (dy, [x], attributes) => ({ x: () => spread(dy as Tensor, x, attributes, false) }),
  [Mean]: (dy, [x], attributes) => ({ x: () => spread(dy as Tensor, x, attributes, true) }),
  [FusedBatchNorm]: (dy, saved, attributes) =>
    saved[1].rank === 1 ? normalizationGradients(dy as Tensor, saved, attributes) : undefined,
};

const own = Symbol.for('@agoge/backend-onnx/gradient');

/**
 * Replaces some gradients of tfjs on this backend, on which they are the same for less: those of sums and means without a
 * tensor of ones as large as the input that tfjs writes and uploads each time, those of normalisations with fewer passes. On every other
 * backend they stay tfjs's.
 */
export function replaceGradients(): void {
  for (const [kernelName, make] of Object.entries(gradients)) {
    const stock = getGradient(kernelName);
    if (!stock || own in stock.gradFunc) continue;
    const gradFunc: Gradient = (...given) => (getBackend() === 'onnx' && make(...given)) || stock.gradFunc(...given);
    registerGradient({ ...stock, gradFunc: Object.assign(gradFunc, { [own]: true }) });
  }
}
