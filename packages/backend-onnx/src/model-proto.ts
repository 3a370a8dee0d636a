/** ONNX's numbers of its element types, for those that occur here. */
const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;
export type ElementType = keyof typeof elementTypes;

interface ValueInfo {
  name: string;
  type: ElementType;
  shape: readonly number[];
}

/** A constant of the model: raw little-endian bytes. */
export interface Initializer extends ValueInfo {
  bytes: Uint8Array;
}

/** A whole number is written as `i`, another as `f`: give floats that may be whole as `{ float }`. */
export type Attribute = number | { float: number } | string | readonly number[];

export interface OnnxNode {
  op: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes: Readonly<Record<string, Attribute>>;
  /** What an `If` runs, by the names of its attributes. */
  branches?: Readonly<Record<'then_branch' | 'else_branch', Branch>>;
  /** '' is ONNX's own; `com.microsoft` holds ONNX Runtime's contributions, `com.microsoft.nchwc` those on blocks. */
  domain: string;
}

/** A graph within a node, which sees what was computed before that node. */
export interface Branch {
  nodes: readonly OnnxNode[];
  output: string;
}

export interface OnnxModel {
  nodes: readonly OnnxNode[];
  inputs: readonly ValueInfo[];
  outputs: readonly ValueInfo[];
  initializers: readonly Initializer[];
}

/** The opset whose operators the kernels are lowered to. */
const opset = 18;
const irVersion = 8;

/** The most bytes of a message that protocol buffers read. */
const mostBytes = 2 ** 31 - 1;

/**
 * A model in ONNX's binary form (protocol buffers, field numbers of onnx.proto).
 *
 * @returns its bytes
 * @throws RangeError for a model of more bytes than `most`, before they are written
 */
export function encodeModel({ nodes, inputs, outputs, initializers }: OnnxModel, most = mostBytes): Uint8Array {
  const graph = new Message();
  for (const node of nodes) graph.message(1, encodeNode(node));
  graph.text(2, 'agoge');
  for (const each of initializers) graph.message(5, encodeInitializer(each));
  for (const each of inputs) graph.message(11, encodeValueInfo(each));
  for (const each of outputs) graph.message(12, encodeValueInfo(each));
  const model = new Message()
    .integer(1, irVersion)
    .message(7, graph)
    .message(8, new Message().text(1, '').integer(2, opset))
    .message(8, new Message().text(1, 'com.microsoft').integer(2, 1))
    .message(8, new Message().text(1, 'com.microsoft.nchwc').integer(2, 1));
  if (model.size > most) {
    const words = (bytes: number) => `${bytes.toLocaleString('en-GB')} bytes`;
    const constants = initializers.reduce((sum, { bytes }) => sum + bytes.length, 0);
    throw new RangeError(
      `onnx: a graph of ${words(model.size)}, ${words(constants)} of them constants, is too large for ONNX, ` +
        `which holds ${words(most)}: freeze fewer weights at once`,
    );
  }
  return model.finish();
}

function encodeNode({ op, inputs, outputs, attributes, branches, domain }: OnnxNode): Message {
  const message = new Message();
  for (const each of inputs) message.text(1, each);
  for (const each of outputs) message.text(2, each);
  message.text(3, outputs[0]).text(4, op);
  for (const [name, value] of Object.entries(attributes)) message.message(5, encodeAttribute(name, value));
  for (const [name, value] of Object.entries(branches ?? {})) message.message(5, encodeBranch(name, value));
  if (domain) message.text(7, domain);
  return message;
}

/** Types and shapes of what comes out are inferred. */
function encodeBranch(name: string, { nodes, output }: Branch): Message {
  const graph = new Message();
  for (const node of nodes) graph.message(1, encodeNode(node));
  graph.text(2, name).message(12, new Message().text(1, output));
  return new Message().text(1, name).message(6, graph).integer(20, 5);
}

function encodeAttribute(name: string, value: Attribute): Message {
  const message = new Message().text(1, name);
  if (typeof value === 'number') return message.integer(3, value).integer(20, 2);
  if (typeof value === 'string') return message.text(4, value).integer(20, 3);
  if ('float' in value) return message.float(2, value.float).integer(20, 1);
  for (const each of value) message.integer(8, each);
  return message.integer(20, 7);
}

function encodeInitializer({ name, type, shape, bytes }: Initializer): Message {
  const message = new Message();
  for (const each of shape) message.integer(1, each);
  return message.integer(2, elementTypes[type]).text(8, name).bytes(9, bytes);
}

function encodeValueInfo({ name, type, shape }: ValueInfo): Message {
  const dimensions = new Message();
  for (const each of shape) dimensions.message(1, new Message().integer(1, each));
  const tensor = new Message().integer(1, elementTypes[type]).message(2, dimensions);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}

const utf8 = new TextEncoder();

/** A protocol-buffers message as the pieces of its bytes, so that weights are copied once. */
class Message {
  private readonly pieces: Uint8Array[] = [];
  private length = 0;

  integer(field: number, value: number): this {
    return this.push(varint(field * 8)).push(varint(value));
  }

  float(field: number, value: number): this {
    return this.push(varint(field * 8 + 5)).push(new Uint8Array(Float32Array.of(value).buffer));
  }

  text(field: number, value: string): this {
    return this.bytes(field, utf8.encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.push(varint(field * 8 + 2))
      .push(varint(value.length))
      .push(value);
  }

  message(field: number, value: Message): this {
    this.push(varint(field * 8 + 2)).push(varint(value.length));
    for (const each of value.pieces) this.push(each);
    return this;
  }

  get size(): number {
    return this.length;
  }

  finish(): Uint8Array {
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const each of this.pieces) {
      all.set(each, at);
      at += each.length;
    }
    return all;
  }

  private push(piece: Uint8Array): this {
    this.pieces.push(piece);
    this.length += piece.length;
    return this;
  }
}

/** Seven bits a byte, the lowest first; negative numbers as the 64-bit two's complement. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value < 0 ? BigInt.asUintN(64, BigInt(value)) : value;
  for (; typeof rest === 'bigint' && rest > 0xfffffffffn; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  let small = Number(rest);
  for (; small > 127; small = Math.floor(small / 128)) bytes.push((small % 128) | 128);
  bytes.push(small);
  return Uint8Array.from(bytes);
}
