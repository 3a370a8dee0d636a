import { areFullFloats, type LoweredKernel, lowered } from '../lowered-kernel';
import type { Lowering, Value } from '../lowering';
import { nchw } from '../order';

interface ResizeAttributes {
  alignCorners: boolean;
  halfPixelCenters: boolean;
  size: [number, number];
}

/** Position along an axis of `input` pixels that output pixel `i` of `output` stands at. */
function position(
  i: number,
  input: number,
  output: number,
  { alignCorners, halfPixelCenters }: ResizeAttributes,
  nearest: boolean,
): number {
  const scale = alignCorners && output > 1 ? (input - 1) / (output - 1) : input / output;
  if (!nearest) return halfPixelCenters ? scale * (i + 0.5) - 0.5 : scale * i;
  const at = halfPixelCenters ? scale * (i + 0.5) : scale * i;
  return Math.max(0, Math.min(input - 1, alignCorners ? Math.round(at) : Math.floor(at)));
}

/** The nearest pixel, copied: what is not finite stays where it is. */
function pick(graph: Lowering, images: Value, attributes: ResizeAttributes, shape: readonly number[]): Value {
  const along = (name: string, axis: number) => {
    const at = Array.from({ length: shape[axis] }, (_, i) =>
      position(i, images.shape[axis], shape[axis], attributes, true),
    );
    return graph.emit('Gather', [name, graph.ints(at)], { axis: axis + 1 });
  };
  return graph.laid(along(along(graph.in(nchw, images), 1), 2), shape, images.type, nchw);
}

/** `[output, input]`: the share that each input pixel along an axis has in each output pixel. */
function shares(input: number, output: number, attributes: ResizeAttributes, nearest: boolean): Float32Array {
  const matrix = new Float32Array(output * input);
  for (let i = 0; i < output; i++) {
    const at = position(i, input, output, attributes, nearest);
    const low = Math.max(0, Math.floor(at));
    const high = Math.min(input - 1, Math.ceil(at));
    matrix[i * input + low] += high === low ? 1 : 1 - (at - low);
    if (high !== low) matrix[i * input + high] += at - low;
  }
  return matrix;
}

/** Resizing is linear and separable: rows x images x columns, two products; its gradient is the same with transposes. */
function resize(
  graph: Lowering,
  images: Value,
  attributes: ResizeAttributes,
  shape: readonly number[],
  nearest: boolean,
  gradient: boolean,
): Value {
  const [from, to] = gradient ? [shape, images.shape] : [images.shape, shape];
  const matrix = (axis: number) =>
    graph.constant(
      'float32',
      [to[axis], from[axis]],
      new Uint8Array(shares(from[axis], to[axis], attributes, nearest).buffer),
    );
  const wide = graph.product(graph.in(nchw, images), matrix(2), false, !gradient);
  return graph.laid(graph.product(matrix(1), wide, gradient, false), shape, 'float32', nchw);
}

const forward = (kernel: string, nearest: boolean): LoweredKernel =>
  lowered<ResizeAttributes>({
    kernel,
    takes: ({ images }) => ['float32', 'int32'].includes(images.dtype) && !images.shape.includes(0),
    infer: ({ images }, { size }) => ({
      shape: [images.shape[0], ...size, images.shape[3]],
      dtype: nearest && images.dtype === 'int32' ? 'int32' : 'float32',
    }),
    lower(graph, { images }, attributes, [{ shape }]) {
      if (nearest) return pick(graph, images, attributes, shape);
      const floats: Value =
        images.type === 'float32'
          ? images
          : { ...images, name: graph.emit('Cast', [images.name], { to: 1 }), type: 'float32' };
      return resize(graph, floats, attributes, shape, false, false);
    },
  });
const backward = (kernel: string, nearest: boolean): LoweredKernel =>
  lowered<ResizeAttributes>({
    kernel,
    takes: areFullFloats,
    infer: ({ images }) => ({ shape: images.shape, dtype: 'float32' }),
    lower: (graph, { images, dy }, attributes) => resize(graph, dy, attributes, images.shape, nearest, true),
  });

export const resizeKernels: readonly LoweredKernel[] = [
  forward('ResizeBilinear', false),
  forward('ResizeNearestNeighbor', true),
  backward('ResizeBilinearGrad', false),
  backward('ResizeNearestNeighborGrad', true),
];
