import type { NamedAttrMap } from '@tensorflow/tfjs-core';
import type { Data } from './data';
import type { LoweredKernel, Spec } from './lowered-kernel';
import type { Order } from './order';
import { Structures } from './structure';

/** An input of a recorded kernel: data seen in a shape, which a reshape makes another than its own. */
export interface Operand {
  readonly name: string;
  readonly data: Data;
  readonly shape: readonly number[];
}

/** A kernel that waits to be run. */
export interface Recorded {
  readonly lowered: LoweredKernel;
  readonly operands: readonly Operand[];
  readonly attributes: NamedAttrMap;
  readonly results: readonly Data[];
  readonly specs: readonly Spec[];
}

/** The kernels of a pending graph that something still needs, with what it takes from outside. */
export interface Pending {
  readonly kernels: readonly Recorded[];
  /** Data from outside, each once. */
  readonly leaves: readonly Data[];
  /** Results that somebody holds. */
  readonly wanted: readonly Data[];
  /** Equal for graphs that one session can run. */
  readonly signature: string;
}

const structures = new Structures();

/**
 * What is needed of the recorded kernels, in their order, and a name of the graph's structure.
 *
 * @param orderOf the order in which a leaf is taken to lie; by default that in which it does
 */
export function prune(recorded: readonly Recorded[], orderOf = ({ order }: Data): Order => order): Pending {
  const needed = new Set<Recorded>();
  for (let i = recorded.length - 1; i >= 0; i--) {
    const each = recorded[i];
    if (!needed.has(each) && !each.results.some((data) => data.refCount > 0)) continue;
    needed.add(each);
    for (const { data } of each.operands) if (data.source) needed.add(data.source);
  }
  const kernels = recorded.filter((each) => needed.has(each));
  const numbers = new Map(kernels.map((each, number) => [each, number]));
  const leaves = new Map<Data, number>();
  const wanted: Data[] = [];
  structures.trim();
  const words: number[] = [];
  const list = (each: readonly number[]) => {
    words.push(each.length);
    for (const word of each) words.push(word);
  };
  for (const { lowered, operands, attributes, results } of kernels) {
    words.push(structures.numberOf(lowered.kernel), operands.length);
    for (const { name, data, shape } of operands) {
      words.push(structures.numberOf(name));
      list(shape);
      if (data.source) {
        words.push(numbers.get(data.source) as number, data.source.results.indexOf(data));
        continue;
      }
      const leaf = leaves.get(data) ?? leaves.size;
      words.push(-1, leaf);
      if (leaf < leaves.size) continue;
      leaves.set(data, leaf);
      words.push(data.frozen ? data.id : -1, structures.numberOf(data.dtype));
      list(orderOf(data));
      list(data.shape);
    }
    words.push(structures.numberOf(textOf(attributes)), results.length);
    for (const data of results) {
      words.push(data.refCount > 0 ? 1 : 0);
      if (data.refCount > 0) wanted.push(data);
    }
  }
  return { kernels, leaves: [...leaves.keys()], wanted, signature: structures.nameOf(words) };
}

/** A recorded kernel as a graph of its own, which gives all its results. */
export function alone(recorded: Recorded): Pending {
  const leaves = [...new Set(recorded.operands.map(({ data }) => data))];
  return { kernels: [recorded], leaves, wanted: recorded.results, signature: '' };
}

/** Attributes as text, all numbers told apart. */
function textOf(value: unknown): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  let text = '{';
  for (const [name, each] of Object.entries(value)) text += `${name}:${textOf(each)},`;
  return text;
}
