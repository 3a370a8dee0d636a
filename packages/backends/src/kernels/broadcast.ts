import { util } from '@tensorflow/tfjs-core';

/** The numbers of a tensor repeated to a shape that it broadcasts to; themselves where there is nothing to repeat. */
export function spread<Numbers extends ArrayLike<number>>(
  values: Numbers,
  from: readonly number[],
  to: readonly number[],
): Numbers | Float64Array {
  const size = util.sizeFromShape([...to]);
  if (values.length === size) return values;
  const out = new Float64Array(size);
  if (values.length === 1) return out.fill(values[0]);
  const shape = [...new Array(to.length - from.length).fill(1), ...from];
  const strides = [...util.computeStrides(shape), 1];
  const at = new Int32Array(to.length);
  for (let i = 0, position = 0; i < size; i++) {
    out[i] = values[position];
    // To the next place in row-major order, as an odometer turns.
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const step = shape[axis] > 1 ? strides[axis] : 0;
      position += step;
      if (++at[axis] < to[axis]) break;
      position -= step * to[axis];
      at[axis] = 0;
    }
  }
  return out;
}
