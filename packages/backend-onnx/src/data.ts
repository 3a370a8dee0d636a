import type { BackendValues, DataType } from '@tensorflow/tfjs-core';
import { identity, isBlocked, isIdentity, lengthsIn, type Order, same, stridesOf } from './order';
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
  /** Why there will be no values. */
  failure?: Error;
  /** In the order of axes `order` of `shape`, blocks of `block`; strings and the like as TensorFlow.js gives them. */
  values?: BackendValues;
  order: Order;
  /** What drops the compiled graphs that hold its values as constants. */
  private drops?: Set<() => void>;
  private block = 0;
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
  settle(values: BackendValues, order: Order, block: number): void {
    this.values = values;
    this.order = order;
    this.block = block;
    this.source = undefined;
  }

  /** Puts the values into another order. */
  lay(order: Order, block: number): void {
    if (same(order, this.order)) return;
    if (!isIdentity(this.order)) this.straighten();
    if (isIdentity(order)) return;
    const [lengths, strides] = [lengthsIn(order, this.shape, block), stridesOf(order, this.shape, block)];
    this.settle(moved(this.values as Values, lengths, strides, 'from row-major'), order, block);
    this.fed = undefined;
  }

  /** Whether it lies in blocks that a runtime with blocks of this length does not know. */
  isForeign(block: number): boolean {
    return isBlocked(this.order) && this.block !== block;
  }

  /** Puts values into the order of the shape. */
  straighten(): void {
    this.settle(this.read(), identity(this.shape.length), 0);
    this.fed = undefined;
  }

  /** Takes the reason why there is nothing to take. */
  fail(failure: Error): void {
    this.failure = failure;
    this.source = undefined;
  }

  /** Lets go of what it holds. */
  release(): void {
    this.values = undefined;
    this.fed = undefined;
    this.source = undefined;
  }

  /** Some elements one after another as the shape says, where they are there and lie so. */
  stretch(begin: number, end: number): RuntimeValues | undefined {
    const { values, frozen, order } = this;
    if (!ArrayBuffer.isView(values) || this.dtype === 'complex64' || frozen || !isIdentity(order)) return undefined;
    return (values as RuntimeValues).subarray(begin, end);
  }

  /** A compiled graph holds its values as a constant. */
  heldBy(drop: () => void): void {
    this.drops ??= new Set();
    this.drops.add(drop);
  }

  /** That graph is gone. */
  notHeldBy(drop: () => void): void {
    this.drops?.delete(drop);
  }

  /** Drops the graphs that know its values: none can be of use once it is disposed of. */
  dropConstants(): void {
    for (const drop of this.drops ?? []) drop();
  }

  /** As the runtime takes it, in the order in which it lies. */
  feed(tensor: (values: RuntimeValues, shape: readonly number[]) => RuntimeTensor): RuntimeTensor {
    this.fed ??= tensor(this.values as RuntimeValues, this.lengths());
    return this.fed;
  }

  /** A copy of the values, row-major as the shape says. */
  read(): BackendValues {
    const values = this.values as RuntimeValues;
    if (!ArrayBuffer.isView(values) || isIdentity(this.order)) return (values as Float32Array).slice();
    return moved(values, this.lengths(), stridesOf(this.order, this.shape, this.block), 'to row-major');
  }

  /** Lengths in the order in which it lies. */
  lengths(): number[] {
    return lengthsIn(this.order, this.shape, this.block);
  }
}

type Values = Float32Array | Int32Array | Uint8Array;

/** Values that lie in parts of some lengths, brought to where row-major order has them, `strides` apart, or from there. */
function moved<T extends Values>(
  values: T,
  lengths: readonly number[],
  strides: readonly number[],
  direction: 'to row-major' | 'from row-major',
): T {
  const out = new (values.constructor as new (length: number) => T)(values.length);
  const last = lengths.length - 1;
  const [inner, stride] = [lengths[last], strides[last]];
  const position = new Array<number>(lengths.length).fill(0);
  for (let laid = 0, row = 0; laid < values.length; laid += inner) {
    if (direction === 'to row-major') for (let i = 0; i < inner; i++) out[row + i * stride] = values[laid + i];
    else for (let i = 0; i < inner; i++) out[laid + i] = values[row + i * stride];
    for (let part = last - 1; part >= 0; part--) {
      row += strides[part];
      if (++position[part] < lengths[part]) break;
      row -= strides[part] * lengths[part];
      position[part] = 0;
    }
  }
  return out;
}
