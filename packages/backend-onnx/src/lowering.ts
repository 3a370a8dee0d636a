import type { BlockedConvolution } from './kernels/blocked-convolution';
import type { Scaled } from './kernels/scaled';
import type { Unpooling } from './kernels/unpooling';
import type { Attribute, Branch, ElementType, Initializer, OnnxNode } from './model-proto';
import { cutAs, identity, isBlocked, isIdentity, lengthsIn, type Order, same, whole } from './order';

/**
 * A tensor inside the ONNX graph.
 *
 * `shape` is what TensorFlow.js knows. In the graph its axes stand in another {@link Order}, so that an image
 * `[n, height, width, channels]` lies as `[n, channels, height, width]` with order `[0, 3, 1, 2]`. An axis along which all is
 * the same may be held once: `held[axis]` is then 1, and the operators that broadcast never see it written out.
 */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly order: Order;
  readonly held: readonly number[];
  /**
   * The order is that of data from outside, which may depend on how earlier graphs left it. What is computed must not: only
   * operators that act on each element alone may take such a value as it lies.
   */
  readonly inherited: boolean;
  /** Frozen, or made of what is: the runtime knows it when it compiles. */
  readonly constant?: boolean;
}

export const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The domain of ONNX Runtime's operators on channels in blocks. */
export const blockedDomain = 'com.microsoft.nchwc';

/** Collects the operators of one ONNX graph while kernels are lowered to them. */
export class Lowering {
  nodes: OnnxNode[] = [];
  readonly initializers: Initializer[] = [];
  /** The kernel that is lowered: results of operators are named after it, which is how a profile knows them. */
  kernel = 'results';
  /** By tensor, the one from outside that it lies as: itself, or what elementwise operators made of it alone. */
  readonly leafOf = new Map<string, string>();
  /** Tensors from outside that an elementwise operator wants in another order than theirs, with that order: the first that does. */
  readonly reordered = new Map<string, Order>();
  /** Images that were padded with zeros, by the tensor that they became: a convolution pads them itself. */
  readonly padded = new Map<
    string,
    { images: Value; rows: readonly [number, number]; columns: readonly [number, number] }
  >();
  /** Tensors that hold no number below 0. */
  readonly rectified = new Set<string>();
  /** Tensors that are 1 where another is above 0 and 0 elsewhere, with that other, which is rectified. */
  readonly stepOf = new Map<string, string>();
  /** Gradients of maxima over windows of rectified images that lie side by side: a step of the images may be taken of the maxima. */
  readonly unpooled = new Map<string, Unpooling>();
  /** Images whose channels are multiplied by frozen numbers, by the tensor that they became. */
  readonly scaled = new Map<string, Scaled>();
  /** Convolutions in blocks, by the tensor that each gives: it may do itself what is done to that. */
  readonly convolutions = new Map<string, BlockedConvolution>();
  /** The forms in which those were emitted, each with the first of the same convolution: one is to be left in the end. */
  readonly formOf = new Map<string, string>();
  private count = 0;
  /** What has been made once: constants, and values in another order or shape. */
  private made = new Map<string, string>();

  /**
   * @param block how many channels a block of the runtime's blocked convolutions has; 0 where it has none
   * @param merges whether a convolution does itself what follows it, where it can
   */
  constructor(
    readonly block = 0,
    readonly merges = true,
  ) {}

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
  emitOnce(op: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}, domain = ''): string {
    const key = `${domain} ${op}(${inputs.join()})${JSON.stringify(attributes)}`;
    return this.once(key, () => this.emit(op, inputs, attributes, domain));
  }

  /** What one function emits where a condition holds, and another elsewhere: only one of them is computed. */
  either(condition: string, then: () => string, otherwise: () => string): string {
    const branches = { then_branch: this.branch(then), else_branch: this.branch(otherwise) };
    const output = `${this.kernel}/${this.count++}`;
    this.nodes.push({ op: 'If', inputs: [condition], outputs: [output], attributes: {}, branches, domain: '' });
    return output;
  }

  /** What a function emits, which nothing outside knows of. */
  private branch(emitted: () => string): Branch {
    const { nodes, made } = this;
    this.nodes = [];
    this.made = new Map(made);
    const output = emitted();
    const branch = { nodes: this.nodes, output };
    this.nodes = nodes;
    this.made = made;
    return branch;
  }

  /** What {@link once} has made under a key. */
  known(key: string): string | undefined {
    return this.made.get(key);
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
    return { ...this.plain(name, shape, type), held: once, constant: true };
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
  laid(name: string, shape: readonly number[], type: ElementType, order: Order, held = shape): Value {
    return { name, type, shape, order, held, inherited: false };
  }

  /** The name of a value's tensor in a given order of axes, written out in full. */
  in(order: Order, value: Value): string {
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
  reorder(order: Order, value: Value): Value {
    if (same(order, value.order)) return value;
    const { held } = value;
    const lengths = (each: Order) => lengthsIn(each, held, this.block);
    const [from, to] = [cutAs(value.order, order), cutAs(order, value.order)];
    const wide = (each: Order) => lengths(each).flatMap((length, i) => (length === 1 ? [] : [each[i]]));
    const cut = this.shaped(value.name, lengths(value.order), lengths(from));
    const moved = same(wide(from), wide(to))
      ? this.shaped(cut, lengths(from), lengths(to))
      : this.transposed(
          cut,
          value.type,
          lengths(from),
          to.map((part) => from.indexOf(part)),
        );
    return { ...value, name: this.shaped(moved, lengths(to), lengths(order)), order };
  }

  /**
   * A tensor with its axes in another order. Blocks are moved to the innermost place, or from there, by the runtime's own
   * operators for it, which are many times as fast as its `Transpose`.
   */
  transposed(name: string, type: ElementType, lengths: readonly number[], perm: readonly number[]): string {
    const last = perm.length - 1;
    const axes = identity(perm.length);
    const moved = axes.find((axis) => perm[axis] !== axis) ?? last;
    const inwards = lengths[moved] === this.block && same(perm, axes.toSpliced(moved, 1).concat(moved));
    const outwards = lengths[last] === this.block && same(perm, axes.slice(0, last).toSpliced(moved, 0, last));
    if (type !== 'float32' || !(inwards || outwards)) return this.emitOnce('Transpose', [name], { perm });
    const before = size(lengths.slice(0, moved));
    const image = this.as([before, this.block, 1, size(lengths) / before / this.block], name);
    const turned = inwards
      ? this.emitOnce('ReorderInput', [image], {}, blockedDomain)
      : this.emitOnce('ReorderOutput', [image], { channels: this.block }, blockedDomain);
    return this.as(
      perm.map((axis) => lengths[axis]),
      turned,
    );
  }

  /** A tensor in the graph under another shape of as many elements. */
  shaped(name: string, from: readonly number[], to: readonly number[]): string {
    return same(from, to) ? name : this.as(to, name);
  }

  /** As {@link shaped}, of whatever shape it is. */
  as(lengths: readonly number[], name: string): string {
    return this.emitOnce('Reshape', [name, this.ints(lengths)], { allowzero: 1 });
  }

  /** The value with no axis in blocks. */
  unblocked(value: Value): Value {
    return isBlocked(value.order) ? this.reorder(whole(value.order), value) : value;
  }

  /** The value with every axis written out. */
  full(value: Value): Value {
    if (same(value.held, value.shape)) return value;
    return this.written(value, value.shape);
  }

  /** The value with some axes written out: `held` as it is to be. */
  written(value: Value, held: readonly number[]): Value {
    const lengths = this.ints(lengthsIn(value.order, held, this.block));
    return { ...value, name: this.emitOnce('Expand', [value.name, lengths]), held };
  }

  /** The same elements in another shape. The order is kept where the shapes differ by axes of size 1 only. */
  reshape(laid: Value, shape: readonly number[]): Value {
    if (same(shape, laid.shape)) return laid;
    const value = this.unblocked(laid);
    const wide = (each: readonly number[]) => identity(each.length).filter((axis) => each[axis] !== 1);
    const [before, after] = [wide(value.shape), wide(shape)];
    const aligned = before.length === after.length && before.every((axis, i) => value.shape[axis] === shape[after[i]]);
    if (!aligned) {
      return this.plain(this.as(shape, this.asPlain(value)), shape, value.type);
    }
    const held = shape.map((length, axis) => (after.includes(axis) ? value.held[before[after.indexOf(axis)]] : length));
    const moved = value.order.filter((axis) => before.includes(axis)).map((axis) => after[before.indexOf(axis)]);
    const order = mergeOnes(moved, shape);
    const name = this.as(
      order.map((axis) => held[axis]),
      value.name,
    );
    return { ...value, name, shape, order, held, inherited: value.inherited && !isIdentity(order) };
  }
}

/** Puts the axes of size 1 back among the others: each before the axis that follows it in the shape, if that keeps order. */
function mergeOnes(wide: readonly number[], shape: readonly number[]): Order {
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
