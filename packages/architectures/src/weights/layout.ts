/** How a tensor of PyTorch's lies beside a weight here: seen in shape `view`, its axes in `order`, its numbers are ours. */
export interface Layout {
  /** PyTorch's. */
  shape: readonly number[];
  view: readonly number[];
  order: readonly number[];
}

/** A feature map that was flattened: PyTorch counts its numbers channel by channel, we position by position. */
export interface FlattenedMap {
  height: number;
  width: number;
  channels: number;
}

/** Makes a layout from the shape of our weight, and from the map that its input features once were. */
export type LayoutOf = (shape: readonly number[], map?: FlattenedMap) => Layout;

const size = (shape: readonly number[]) => shape.reduce((total, each) => total * each, 1);

/** Our `[height, width, in, out]`, PyTorch's `[out, in, height, width]`; with groups `in` counts those of one group on both sides. */
export const convolution: LayoutOf = ([height, width, inputs, outputs]) => {
  const shape = [outputs, inputs, height, width];
  return { shape, view: shape, order: [2, 3, 1, 0] };
};

/** Our `[height, width, channels, each]`, PyTorch's `[channels * each, 1, height, width]`. */
export const depthwise: LayoutOf = ([height, width, channels, each]) => ({
  shape: [channels * each, 1, height, width],
  view: [channels, each, height, width],
  order: [2, 3, 0, 1],
});

/** Our `[in, out]`, PyTorch's `[out, in]`. */
export const linear: LayoutOf = ([inputs, outputs], map) => {
  const shape = [outputs, inputs];
  if (!map) return { shape, view: shape, order: [1, 0] };
  return { shape, view: [outputs, map.channels, map.height, map.width], order: [2, 3, 1, 0] };
};

/** A number for each feature. */
export const features: LayoutOf = (shape, map) => {
  if (!map) return { shape, view: shape, order: shape.map((_, axis) => axis) };
  return { shape, view: [map.channels, map.height, map.width], order: [1, 2, 0] };
};

/** A number for each output, which no flattening before the layer moves. */
export const outputs: LayoutOf = (shape) => features(shape);

/** PyTorch's numbers in our order. */
export function toOurs(values: ArrayLike<number>, { view, order }: Layout): Float32Array {
  return permuted(values, view, order);
}

/** Our numbers in PyTorch's order. */
export function toTheirs(values: ArrayLike<number>, { view, order }: Layout): Float32Array {
  const back = order.map((_, axis) => order.indexOf(axis));
  return permuted(
    values,
    order.map((axis) => view[axis]),
    back,
  );
}

/** Values of a shape with its axes in another order, as `transpose` gives them. */
function permuted(values: ArrayLike<number>, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => size(shape.slice(axis + 1)));
  const filled = <T>(list: readonly T[], one: T): T[] => [...Array<T>(4 - list.length).fill(one), ...list];
  const [a, b, c, d] = filled(
    order.map((axis) => shape[axis]),
    1,
  );
  const [byA, byB, byC, byD] = filled(
    order.map((axis) => strides[axis]),
    0,
  );
  const result = new Float32Array(values.length);
  let at = 0;
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      for (let k = 0; k < c; k++) {
        const from = i * byA + j * byB + k * byC;
        for (let l = 0; l < d; l++) result[at++] = values[from + l * byD];
      }
    }
  }
  return result;
}
