import type { Variable } from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  type LayerVariable,
  type layers,
  model,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { ModelError, ShapeError, show } from '../errors';
import type { FlatNetwork, LayerOutput, LayerUse } from '../flat-network';
import { loadingOrder } from './loading-order';

type Layer = layers.Layer;

/** A network of layers that are not applied yet. */
export interface PlannedNetwork extends Omit<FlatNetwork, 'uses'> {
  /** The new layers by those that they are copies of, weights and all. */
  copies: ReadonlyMap<Layer, Layer>;
}

/** The name of a weight within its layer. */
const nameWithin = ({ name }: Layer, { originalName }: LayerVariable) =>
  originalName.startsWith(`${name}/`) ? originalName.slice(name.length + 1) : originalName;

function copyWeights(who: string, from: Layer, to: Layer, trainable: ReadonlySet<LayerVariable>): void {
  const weights = new Map(from.weights.map((weight) => [nameWithin(from, weight), weight]));
  for (const weight of to.weights) {
    const name = nameWithin(to, weight);
    const old = weights.get(name);
    if (!old)
      throw new ModelError(who, `layer ${show(from.name)} made again from its config has a new weight, ${name}`);
    // Past the constraint, which would move what it has constrained before, by rounding.
    (weight.read() as Variable).assign(old.read());
    weight.trainable = trainable.has(old);
    weights.delete(name);
  }
  const [lost] = weights.keys();
  if (lost) throw new ModelError(who, `layer ${show(from.name)} made again from its config lacks its weight ${lost}`);
}

/** What stands in another layer's place gives what that one gave in shape. */
function checkShape(who: string, { layer, shape }: LayerUse<Layer>, { shape: actual }: SymbolicTensor): void {
  if (actual.length === shape.length && actual.every((size, axis) => size === shape[axis])) return;
  const known = (size: number | null) => size ?? -1;
  const expected = `[${shape.map((size) => size ?? 'any').join(', ')}]`;
  throw new ShapeError(who, `the output of layer ${show(layer.name)}`, expected, actual.map(known));
}

/**
 * Builds a planned network, with the weights of the model whose layers it has copies of, in the order in which tfjs loads it: a
 * model saved and loaded is the same, however layers are shared.
 *
 * @param who the function that was called, for messages
 * @param original what the network was planned from: its inputs, name, metadata and what is frozen are taken over
 * @returns the new model; yours to dispose
 * @throws what tfjs or a layer throws, ShapeError where a layer that is no copy puts out another shape than planned; the copies'
 *   weights are then disposed
 */
export function rebuildNetwork(who: string, original: LayersModel, network: PlannedNetwork): LayersModel {
  const { inputs, outputs, copies } = network;
  const tensors = new Map<LayerUse<Layer>, SymbolicTensor[]>();
  const tensorOf = ({ use, index }: LayerOutput<Layer>) => (tensors.get(use) ?? [])[index];
  const made = new Set(copies.values());
  const placed = new Set<Layer>();
  try {
    for (const copy of made) copy.setFastWeightInitDuringBuild(true);
    inputs.forEach((use, i) => {
      const { shape, dtype } = original.inputs[i];
      tensors.set(use, [input({ batchShape: shape, dtype, name: use.layer.name })]);
    });
    for (const use of loadingOrder(outputs)) {
      if (tensors.has(use)) continue;
      const from = use.inputs.map(tensorOf);
      const to = [use.layer.apply(from.length === 1 ? from[0] : from, { ...use.kwargs })].flat() as SymbolicTensor[];
      // tfjs counts a use of a layer for each place where it stands, a model gives back one: else a shared layer outlived it.
      if (placed.has(use.layer)) use.layer.dispose();
      placed.add(use.layer);
      if (!made.has(use.layer)) checkShape(who, use, to[0]);
      tensors.set(use, to);
    }
    const result = model({
      inputs: inputs.map((use) => tensorOf({ use, index: 0 })),
      outputs: outputs.map(tensorOf),
      name: original.name,
    });
    const trainable = new Set(original.trainableWeights);
    for (const [from, to] of copies) copyWeights(who, from, to, trainable);
    const metadata = original.getUserDefinedMetadata();
    if (metadata) result.setUserDefinedMetadata(metadata);
    return result;
  } catch (error) {
    for (const copy of made) for (const weight of copy.weights) weight.dispose();
    throw error;
  }
}
