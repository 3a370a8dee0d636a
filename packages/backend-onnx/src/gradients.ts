import {
  BroadcastTo,
  div,
  engine,
  type GradConfig,
  getBackend,
  getGradient,
  Mean,
  type NamedAttrMap,
  registerGradient,
  reshape,
  Sum,
  type Tensor,
  util,
} from '@tensorflow/tfjs-core';

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

const own = Symbol.for('@agoge/backend-onnx/gradient');

/**
 * Replaces tfjs's gradients of sums and means on this backend, on which they are the same but for a tensor of ones as large as
 * the input that tfjs writes and uploads each time; on every other backend they stay tfjs's.
 */
export function spreadGradients(): void {
  for (const kernelName of [Sum, Mean]) {
    const stock = getGradient(kernelName);
    if (!stock || own in stock.gradFunc) continue;
    const gradFunc: GradConfig['gradFunc'] = (dy, saved, attributes) =>
      getBackend() === 'onnx'
        ? { x: () => spread(dy as Tensor, saved[0], attributes, kernelName === Mean) }
        : stock.gradFunc(dy, saved, attributes);
    registerGradient({ ...stock, gradFunc: Object.assign(gradFunc, { [own]: true }) });
  }
}
