import type { Trainable, TrainableWeight } from '@agoge/core';
import { type Tensor, tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { ModelForm } from './worker-messages';

/** Numbers in memory that threads share. */
export const sharedFloats = (length: number): Float32Array => new Float32Array(new SharedArrayBuffer(4 * length));

/** How many numbers tensors hold together. */
export const sizeOf = (tensors: readonly { size: number }[]): number =>
  tensors.reduce((total, { size }) => total + size, 0);

/** Writes tensors one after another; where there is none, the memory of one of that size is left as it is. */
export async function putValues(
  memory: Float32Array,
  tensors: readonly (Tensor | undefined)[],
  sizes: readonly { size: number }[],
): Promise<void> {
  const values = await Promise.all(tensors.map((each) => each?.data()));
  let at = 0;
  values.forEach((each, i) => {
    if (each) memory.set(each, at);
    at += sizes[i].size;
  });
}

/** Gives variables the values that {@link putValues} wrote. */
export function assignValues(variables: readonly Variable[], memory: Float32Array): void {
  const tensors = takeValues(memory, variables);
  tensors.forEach((each, i) => {
    variables[i].assign(each);
    each.dispose();
  });
}

/** Tensors of what {@link putValues} wrote. The caller owns them. */
export function takeValues(memory: Float32Array, forms: readonly { size: number; shape: number[] }[]): Tensor[] {
  let at = 0;
  return forms.map(({ size, shape }) => {
    at += size;
    // A copy: a backend may keep the array that it is given.
    return tensor(memory.slice(at - size, at), shape);
  });
}

/** The variables of a model by how they travel. */
export interface ModelVariables {
  parameters: readonly TrainableWeight[];
  /** The trained weights and the floating-point buffers: what lies in shared memory. */
  floats: Variable[];
  /** The floating-point buffers: running statistics. */
  statistics: Variable[];
  /** The integer buffers: how often a layer was called. */
  counters: Variable[];
}

/** Sorts a model's variables. */
export function variablesByKind(model: Trainable, parameters: readonly TrainableWeight[]): ModelVariables {
  const buffers = model.buffers().map(({ variable }) => variable);
  const statistics = buffers.filter(({ dtype }) => dtype === 'float32');
  const floats = [...parameters.map(({ variable }) => variable), ...statistics];
  return { parameters, floats, statistics, counters: buffers.filter(({ dtype }) => dtype !== 'float32') };
}

/** What two copies of a network have in common. */
export function formOf(model: Trainable): ModelForm {
  const said = (each: { name: string; variable: Variable }) =>
    `${each.name} [${each.variable.shape}] ${each.variable.dtype}`;
  return { parameters: model.parameters().map(said), buffers: model.buffers().map(said) };
}

/** Values of integer variables of one number each. */
export async function countsOf(counters: readonly Variable[]): Promise<number[]> {
  return (await Promise.all(counters.map((each) => each.data()))).map(([value]) => value);
}

/** Gives integer variables their values. */
export function assignCounts(counters: readonly Variable[], counts: readonly number[]): void {
  tidy(() => counters.forEach((each, i) => void each.assign(tensor([counts[i]], each.shape, each.dtype))));
}
