import { flatNetwork, type LayerUse, ModelError, multiplyAdds } from '@agoge/core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { isSparta, spartaByName } from './sparta-layers';

/** What a part of a network costs. */
export interface Cost {
  parameters: number;
  /** For one image. */
  multiplyAdds: number;
}

export interface SpartaCost extends Cost {
  /** Every place where a Sparta layer stands, from input to output; the parameters of a shared layer stand at each of its places. */
  places: (Cost & { layer: string; shape: [height: number, width: number, channels: number] })[];
  /** The model without its Sparta layers: what its twin with ReLU costs. */
  rest: Cost;
  /** Sparta's cost divided by the rest's. */
  relative: Cost;
}

/**
 * What the {@link Sparta} layers of a model cost, at each place and in total, and beside the rest of the model.
 *
 * Multiply-adds are those of {@link multiplyAdds}: the gate's own product is not among them. In the totals each layer's
 * parameters count once, each place's multiply-adds every time. On top of the CIFAR `resnet18` with ReLU a gate for each stage
 * has 14 % of its parameters and 58 % of its multiply-adds; shared gates, one for each stage, 0.01 % and 0.25 %.
 *
 * @throws ModelError for a model without Sparta layers, or images of unknown size
 * @example
 * const { parameters, multiplyAdds, relative } = spartaCost(resnet18({ activation: spartaSites({ gate: 'shared' }) }));
 */
export function spartaCost(model: LayersModel): SpartaCost {
  spartaByName('spartaCost', 'model', model);
  const all = flatNetwork(model).uses.map((use) => ({ layer: use.layer, shape: use.shape, ...costOf(use) }));
  const gates = all.filter(({ layer }) => isSparta(layer));
  const total = sumUp(gates);
  const rest = sumUp(all.filter(({ layer }) => !isSparta(layer)));
  return {
    ...total,
    places: gates.map(({ layer, shape, ...cost }) => ({
      layer: layer.name,
      shape: shape.slice(1) as [number, number, number],
      ...cost,
    })),
    rest,
    relative: {
      parameters: total.parameters / rest.parameters,
      multiplyAdds: total.multiplyAdds / rest.multiplyAdds,
    },
  };
}

function costOf(use: LayerUse): Cost {
  const count = multiplyAdds(use);
  if (count === null) throw new ModelError('spartaCost', `the size of images at "${use.layer.name}" must be known`);
  return { parameters: use.layer.countParams(), multiplyAdds: count };
}

function sumUp(places: readonly (Cost & { layer: layers.Layer })[]): Cost {
  const perLayer = new Map(places.map(({ layer, parameters }) => [layer, parameters]));
  return {
    parameters: [...perLayer.values()].reduce((total, each) => total + each, 0),
    multiplyAdds: places.reduce((total, { multiplyAdds }) => total + multiplyAdds, 0),
  };
}
