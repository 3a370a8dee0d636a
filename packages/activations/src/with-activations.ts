import { type ActivationSite, type FlatNetwork, type LayerOutput, type LayerUse, said, show } from '@agoge/core';
import { copyLayer, type PlannedNetwork, uniqueNames } from '@agoge/core/layers';
import type { serialization } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import { type FoundActivation, unwrapped } from './activation-of';

type Layer = layers.Layer;

/** A layer made again, linear where its activation goes. */
function copyOf(layer: Layer, name: string, linear: boolean): Layer {
  return copyLayer(layer, (config) => {
    config.name = name;
    if (!linear) return;
    const wrapped = config.layer as { config: serialization.ConfigDict } | undefined;
    (unwrapped(layer) === layer || !wrapped ? config : wrapped.config).activation = 'linear';
  });
}

/** Whether a layer makes an image smaller by its strides. */
function isStrided(wrapper: Layer): boolean {
  const layer = unwrapped(wrapper) as Layer & { strides?: number | number[] };
  return !layer.getClassName().endsWith('Transpose') && [layer.strides ?? 1].flat().some((each) => each > 1);
}

function refuseSameNames(who: string, all: Iterable<Layer>): void {
  const named = new Map<string, Layer>();
  for (const layer of all) {
    if ((named.get(layer.name) ?? layer) !== layer) {
      const advice = 'give each activation a name of its own, such as that of its site';
      throw said(new TypeError(`${who}: two layers of the new model are named ${show(layer.name)}: ${advice}`));
    }
    named.set(layer.name, layer);
  }
}

/**
 * A network of copies of a network's layers, with other activations.
 *
 * @param replaced the layers whose activation goes
 * @param make called once for each of these and each number of channels it meets
 */
export function withActivations(
  who: string,
  network: FlatNetwork,
  replaced: ReadonlyMap<Layer, FoundActivation>,
  make: (site: ActivationSite) => Layer,
): PlannedNetwork {
  const free = uniqueNames();
  const names = new Map(network.uses.map(({ layer }) => [layer, layer.name]));
  for (const [layer, name] of names) names.set(layer, free(name));
  const nameOf = (layer: Layer) => names.get(layer) ?? layer.name;

  const copies = new Map<Layer, Layer>();
  const copied = (layer: Layer): Layer => {
    const copy = copies.get(layer) ?? copyOf(layer, nameOf(layer), replaced.has(layer));
    copies.set(layer, copy);
    return copy;
  };

  const activations = new Map<Layer, Map<number, Layer>>();
  let index = 0;
  const activated = (layer: Layer, alone: boolean, channels: number, stage: number): Layer => {
    const made = activations.get(layer) ?? new Map<number, Layer>();
    activations.set(layer, made);
    const own = alone && made.size === 0;
    const name = () => (own ? nameOf(layer) : free(alone ? nameOf(layer) : `${nameOf(layer)}_activation`));
    const activation = made.get(channels) ?? make({ name: name(), channels, stage, index: index++ });
    made.set(channels, activation);
    return activation;
  };

  const now = new Map<LayerUse<Layer>, LayerUse<Layer>>();
  const moved = ({ use, index }: LayerOutput<Layer>) => ({ use: now.get(use) ?? use, index });
  const stages = new Map<LayerUse<Layer>, number>();
  for (const use of network.uses) {
    const { layer, shape } = use;
    const before = use.inputs.map((input) => stages.get(input.use) ?? 0);
    const stage = Math.max(0, ...before) + (isStrided(layer) ? 1 : 0);
    stages.set(use, stage);
    const found = replaced.get(layer);
    let inputs = use.inputs.map(moved);
    if (!found?.alone) {
      const copy = { ...use, layer: copied(layer), inputs };
      now.set(use, copy);
      inputs = [{ use: copy, index: 0 }];
    }
    if (found) {
      const activation = activated(layer, found.alone, Number(shape[shape.length - 1]), stage);
      now.set(use, { layer: activation, inputs, kwargs: {}, shape });
    }
  }
  refuseSameNames(who, [...copies.values(), ...[...activations.values()].flatMap((each) => [...each.values()])]);
  return {
    inputs: network.inputs.map((use) => now.get(use) ?? use),
    outputs: network.outputs.map(moved),
    copies,
  };
}
