import type { BackendValues, DataType } from '@tensorflow/tfjs-core';
import { identity, isIdentity } from './lowering';
import type { Recorded } from './recorder';
import type { RuntimeTensor, RuntimeValues } from './runtime';

let made = 0;

/** What a TensorFlow.js data id stands for: values, or the recorded kernel that will give them. */
export class Data {
  /** Of its own for the whole process. */
  readonly id = made++;
  refCount = 1;
  /** How many freezes hold it constant. */
  frozen = 0;
  /** The kernel that gives it, until that has run. */
  source?: Recorded;
  /** Why that kernel will never run. */
  failure?: Error;
  /** In the order of axes `order` of `shape`; strings and the like as TensorFlow.js gives them. */
  values?: BackendValues;
  order: readonly number[];
  private fed?: RuntimeTensor;

  constructor(
    /** The shape under which it was made; a reshaped tensor shares the data and has another. */
    readonly shape: readonly number[],
    readonly dtype: DataType,
    values?: BackendValues,
  ) {
    this.values = values;
    this.order = identity(shape.length);
  }

  /** Takes what a session computed. */
  settle(values: BackendValues, order: readonly number[]): void {
    this.values = values;
    this.order = order;
    this.source = undefined;
  }

  /** As the runtime takes it, in the order in which it lies. */
  feed(tensor: (values: RuntimeValues, shape: readonly number[]) => RuntimeTensor): RuntimeTensor {
    this.fed ??= tensor(
      this.values as RuntimeValues,
      this.order.map((axis) => this.shape[axis]),
    );
    return this.fed;
  }

  /** A copy of the values, row-major as the shape says. */
  read(): BackendValues {
    const values = this.values as RuntimeValues;
    if (!ArrayBuffer.isView(values) || isIdentity(this.order)) return (values as Float32Array).slice();
    return rowMajor(values as Float32Array, this.shape, this.order);
  }
}

/** Puts values that lie in another order of axes into that of the shape. */
function rowMajor<T extends Float32Array | Int32Array | Uint8Array>(
  values: T,
  shape: readonly number[],
  order: readonly number[],
): T {
  const rank = shape.length;
  const strides = new Array<number>(rank);
  for (let i = rank - 1, stride = 1; i >= 0; i--) {
    strides[order[i]] = stride;
    stride *= shape[order[i]];
  }
  const out = new (values.constructor as new (length: number) => T)(values.length);
  const [inner, innerStride] = [shape[rank - 1], strides[rank - 1]];
  const position = new Array<number>(rank).fill(0);
  for (let at = 0, from = 0; at < out.length; ) {
    for (let i = 0, source = from; i < inner; i++, source += innerStride) out[at++] = values[source];
    for (let axis = rank - 2; axis >= 0; axis--) {
      from += strides[axis];
      if (++position[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      position[axis] = 0;
    }
  }
  return out;
}
