import type { Data } from './data';
import { elementType } from './lowered-kernel';
import { Lowering, type Value } from './lowering';
import { type ElementType, encodeModel, type OnnxNode } from './model-proto';
import { isIdentity, lengthsIn, type Order } from './order';
import type { Pending, Recorded } from './recorder';

/** A leaf that is better laid in another order before the graph is compiled: the one in which its successor will come out. */
export interface Laying {
  readonly leaf: number;
  readonly order: Order;
}

/** A graph as a model: what to feed, and how its results lie. */
export interface Compiled {
  readonly model: Uint8Array;
  /** Numbers among the leaves, with the names of the inputs. */
  readonly inputs: readonly { leaf: number; name: string; type: ElementType }[];
  readonly outputs: readonly { name: string; order: Order }[];
  readonly layings: readonly Laying[];
}

/**
 * Lowers a pending graph to an ONNX model, with channels in blocks of `block`. Convolutions do themselves what follows them,
 * unless one would have to be computed again for somebody who takes its bare result.
 */
export function compile(pending: Pending, block: number): Compiled {
  const found = lowered(new Lowering(block), pending) ?? lowered(new Lowering(block, false), pending);
  if (!found) throw new Error('internal: a convolution was lowered in two forms though none was to be merged');
  const { nodes, inputs, outputs, initializers, layings } = found;
  return { model: encodeModel({ nodes, inputs, outputs, initializers }), inputs, outputs, layings };
}
/** A pending graph in operators; nothing where some convolution occurs in more than one form. */
function lowered(graph: Lowering, { kernels, leaves, wanted }: Pending) {
  const values = new Map<Data, Value>();
  const inputs: { leaf: number; name: string; type: ElementType; shape: number[] }[] = [];
  leaves.forEach((data, leaf) => {
    const type = elementType(data.dtype) as ElementType;
    const shape = data.lengths();
    const constant = data.frozen > 0;
    const name = constant ? graph.constant(type, shape, bytes(data)) : `x${leaf}`;
    if (!constant) {
      inputs.push({ leaf, name, type, shape });
      graph.leafOf.set(name, name);
    }
    const inherited = !isIdentity(data.order);
    values.set(data, { name, type, shape: data.shape, order: data.order, held: data.shape, inherited, constant });
  });
  for (const recorded of kernels) lowerKernel(graph, recorded, values);
  graph.kernel = 'results';

  const taken = new Set([...inputs, ...graph.initializers].map(({ name }) => name));
  const outputs = wanted.map((data) => {
    const value = graph.full(values.get(data) as Value);
    // An output is nothing's input and nothing else's output.
    const name = taken.has(value.name) ? graph.emit('Identity', [value.name]) : value.name;
    taken.add(name);
    return { name, type: value.type, shape: lengthsIn(value.order, value.shape, graph.block), order: value.order };
  });
  const nodes = needed(
    graph.nodes,
    outputs.map(({ name }) => name),
  );
  const forms = nodes.flatMap((node) => graph.formOf.get(node.outputs[0]) ?? []);
  if (new Set(forms).size < forms.length) return undefined;
  const layings = inputs.flatMap(({ leaf, name }) => {
    const order = graph.reordered.get(name);
    return order && !isIdentity(order) && isIdentity(leaves[leaf].order) ? [{ leaf, order }] : [];
  });
  return { nodes, inputs, outputs, initializers: graph.initializers, layings };
}

/** The operators that outputs need. */
function needed(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxNode[] {
  const names = new Set(outputs);
  return nodes
    .toReversed()
    .filter((node) => {
      const isNeeded = node.outputs.some((name) => names.has(name));
      if (isNeeded) for (const each of taken(node)) names.add(each);
      return isNeeded;
    })
    .reverse();
}

/** What an operator takes, its branches' operators among it. */
const taken = ({ inputs, branches }: OnnxNode): readonly string[] =>
  branches ? [...inputs, ...Object.values(branches).flatMap(({ nodes }) => nodes.flatMap(taken))] : inputs;

function lowerKernel(
  graph: Lowering,
  { lowered: definition, operands, attributes, results, specs }: Recorded,
  values: Map<Data, Value>,
): void {
  graph.kernel = definition.kernel;
  const given: Record<string, Value> = {};
  for (const { name, data, shape } of operands) {
    const value = values.get(data);
    if (!value) throw new Error(`internal: ${definition.kernel} takes data ${data.id} that is not in its graph`);
    const shaped = graph.reshape(value, shape);
    given[name] = definition.blocked ? shaped : graph.unblocked(shaped);
  }
  const made = [definition.lower(graph, given, attributes, specs)].flat();
  results.forEach((data, i) => {
    values.set(data, made[i]);
  });
}

function bytes({ values }: Data): Uint8Array {
  const { buffer, byteOffset, byteLength } = values as Float32Array;
  return new Uint8Array(buffer, byteOffset, byteLength);
}
