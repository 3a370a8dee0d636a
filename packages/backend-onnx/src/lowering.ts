import type { Attribute, ElementType, Initializer, OnnxNode } from './model-proto';

/**
 * A tensor inside the ONNX graph.
 *
 * `shape` is what TensorFlow.js knows. In the graph its axes stand in another order: axis i there is axis `order[i]` here, so
 * that an image `[n, height, width, channels]` lies as `[n, channels, height, width]` with order `[0, 3, 1, 2]`. An axis along
 * which all is the same may be held once: `held[axis]` is then 1, and the operators that broadcast never see it written out.
 */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly order: readonly number[];
  readonly held: readonly number[];
  /**
   * The order is that of data from outside, which may depend on how earlier graphs left it. What is computed must not: only
   * operators that act on each element alone may take such a value as it lies.
   */
  readonly inherited: boolean;
  /** Frozen: the runtime knows it when it compiles. */
  readonly constant?: boolean;
}

export const identity = (rank: number): number[] => Array.from({ length: rank }, (_, i) => i);
export const isIdentity = (order: readonly number[]): boolean => order.every((axis, i) => axis === i);
export const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((each, i) => each === b[i]);

/** Orders of images and of convolution filters in ONNX: NHWC to NCHW, HWIO to OIHW. */
export const nchw = [0, 3, 1, 2] as const;
export const oihw = [3, 2, 0, 1] as const;

/** Collects the operators of one ONNX graph while kernels are lowered to them. */
export class Lowering {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: Initializer[] = [];
  /** The kernel that is lowered: results of operators are named after it, which is how a profile knows them. */
  kernel = 'results';
  private count = 0;
  /** What has been made once: constants, and values in another order or shape. */
  private readonly made = new Map<string, string>();

  /** Emits an operator of one result and gives that result's name. */
  emit(op: string, inputs: readonly string[], attributes: OnnxNode['attributes'] = {}, domain = ''): string {
    return this.emitMany(op, inputs, attributes, 1, domain)[0];
  }

  emitMany(op: string, inputs: readonly string[], attributes: OnnxNode['attributes'], results: number, domain = '') {
    const outputs = Array.from({ length: results }, () => `${this.kernel}/${this.count++}`);
    this.nodes.push({ op, inputs, outputs, attributes, domain });
    return outputs;
  }

  /** Emits an operator unless the same was emitted before. */
  emitOnce(op: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}): string {
    return this.once(`${op}(${inputs.join()})${JSON.stringify(attributes)}`, () => this.emit(op, inputs, attributes));
  }

  once(key: string, make: () => string): string {
    const before = this.made.get(key);
    if (before !== undefined) return before;
    const name = make();
    this.made.set(key, name);
    return name;
  }

  /** A list of int64, as shapes and axes are given. */
  ints(values: readonly number[]): string {
    return this.once(`ints ${values.join()}`, () =>
      this.constant('int64', [values.length], new Uint8Array(BigInt64Array.from(values, BigInt).buffer)),
    );
  }

  /** A scalar. */
  scalar(value: number, type: ElementType = 'float32'): string {
    const key = Object.is(value, -0) ? '-0' : String(value);
    return this.once(`${type} ${key}`, () => this.constant(type, [], scalarBytes(value, type)));
  }

  constant(type: ElementType, shape: readonly number[], bytes: Uint8Array): string {
    const name = `c${this.count++}`;
    this.initializers.push({ name, type, shape, bytes });
    return name;
  }

  /** A value that is the same everywhere: held once. */
  filled(value: number, shape: readonly number[], type: ElementType): Value {
    if (shape.includes(0)) return this.plain(this.constant(type, shape, new Uint8Array(0)), shape, type);
    const scalar = this.scalar(value, type);
    const once = shape.map(() => 1);
    const name = shape.length ? this.emitOnce('Reshape', [scalar, this.ints(once)]) : scalar;
    return { ...this.plain(name, shape, type), held: once };
  }

  /** The product of two tensors in the graph, each transposed in its last two axes where asked, batches broadcast. */
  product(a: string, b: string, transposeA: boolean, transposeB: boolean): string {
    const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0, alpha: { float: 1 } };
    return this.emit('FusedMatMul', [a, b], attributes, 'com.microsoft');
  }

  /** A value that lies as its shape says. */
  plain(name: string, shape: readonly number[], type: ElementType): Value {
    return { name, type, shape, order: identity(shape.length), held: shape, inherited: false };
  }

  /** A value that lies in the given order, with all its elements written out unless `held` says otherwise. */
  laid(name: string, shape: readonly number[], type: ElementType, order: readonly number[], held = shape): Value {
    return { name, type, shape, order, held, inherited: false };
  }

  /** The name of a value's tensor in a given order of axes, written out in full. */
  in(order: readonly number[], value: Value): string {
    return this.reorder(order, this.full(value)).name;
  }

  /** As {@link in}, in the order of the shape. */
  asPlain(value: Value): string {
    return this.in(identity(value.shape.length), value);
  }

  /** A value whose order depends on this graph alone. */
  settled(value: Value): Value {
    return value.inherited ? { ...this.reorder(identity(value.shape.length), value), inherited: false } : value;
  }

  /** Another order of the axes; nothing is moved where only axes of size 1 change places. */
  reorder(order: readonly number[], value: Value): Value {
    if (same(order, value.order)) return value;
    const wide = (each: readonly number[]) => each.filter((axis) => value.held[axis] !== 1);
    const name = same(wide(order), wide(value.order))
      ? this.emitOnce('Reshape', [value.name, this.ints(order.map((axis) => value.held[axis]))], { allowzero: 1 })
      : this.emitOnce('Transpose', [value.name], { perm: order.map((axis) => value.order.indexOf(axis)) });
    return { ...value, name, order };
  }

  /** The value with every axis written out. */
  full(value: Value): Value {
    if (same(value.held, value.shape)) return value;
    const shape = this.ints(value.order.map((axis) => value.shape[axis]));
    return { ...value, name: this.emitOnce('Expand', [value.name, shape]), held: value.shape };
  }

  /** The same elements in another shape. The order is kept where the shapes differ by axes of size 1 only. */
  reshape(value: Value, shape: readonly number[]): Value {
    if (same(shape, value.shape)) return value;
    const wide = (each: readonly number[]) => identity(each.length).filter((axis) => each[axis] !== 1);
    const [before, after] = [wide(value.shape), wide(shape)];
    const aligned = before.length === after.length && before.every((axis, i) => value.shape[axis] === shape[after[i]]);
    if (!aligned) {
      const name = this.emitOnce('Reshape', [this.asPlain(value), this.ints(shape)], { allowzero: 1 });
      return this.plain(name, shape, value.type);
    }
    const held = shape.map((length, axis) => (after.includes(axis) ? value.held[before[after.indexOf(axis)]] : length));
    const moved = value.order.filter((axis) => before.includes(axis)).map((axis) => after[before.indexOf(axis)]);
    const order = mergeOnes(moved, shape);
    const name = this.emitOnce('Reshape', [value.name, this.ints(order.map((axis) => held[axis]))], { allowzero: 1 });
    return { ...value, name, shape, order, held, inherited: value.inherited && !isIdentity(order) };
  }
}

/** Puts the axes of size 1 back among the others: each before the axis that follows it in the shape, if that keeps order. */
function mergeOnes(wide: readonly number[], shape: readonly number[]): number[] {
  const sorted = wide.every((axis, i) => i === 0 || wide[i - 1] < axis);
  if (sorted) return identity(shape.length);
  return [...wide, ...identity(shape.length).filter((axis) => !wide.includes(axis))];
}

function scalarBytes(value: number, type: ElementType): Uint8Array {
  if (type === 'float32') return new Uint8Array(Float32Array.of(value).buffer);
  if (type === 'int32') return new Uint8Array(Int32Array.of(value).buffer);
  if (type === 'int64') return new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
  return Uint8Array.of(value);
}
