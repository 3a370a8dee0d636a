import { fn, oneOf, type Rule, type Trainable, type TrainableWeight } from '@agoge/core';

/**
 * Which weights decay, of those whose layers let them: `all`; `kernels`, of two dimensions or more, so neither biases nor batch
 * normalisation (SAT's code); or `allButNormalization`, the weights of layers that keep running statistics left out (code of Rade and
 * Moosavi-Dezfooli, DM-Improves-AT).
 */
export type DecayGroup = 'all' | 'kernels' | 'allButNormalization';

/** A group by its name, or what tells of each weight whether it decays. */
export type Decays = DecayGroup | ((weight: TrainableWeight) => boolean);

const groups: Record<DecayGroup, (model: Trainable) => (weight: TrainableWeight) => boolean> = {
  all: () => () => true,
  kernels: () => (weight) => weight.variable.rank >= 2,
  allButNormalization(model) {
    const normalizing = new Set(model.buffers().map(({ name }) => layerOf(name)));
    return ({ name }) => !normalizing.has(layerOf(name));
  },
};

const groupName = oneOf(...Object.keys(groups));
/** The rule of {@link Decays}. */
export const decaysRule: Rule = {
  expected: `${groupName.expected} or a function`,
  test: (value) => (fn.test(value) === 'ok' ? 'ok' : groupName.test(value)),
};

/** What stands before a weight's own name: `bn1` in `bn1/gamma` and in `bn1.gamma`. */
const layerOf = (name: string) => name.replace(/[/.][^/.]*$/, '');

/** A model's weights, of which none decays but those of a group: what PyTorch's parameter groups without `weight_decay` are for. */
export function parametersOf(model: Trainable, decays: Decays = 'all'): TrainableWeight[] {
  const decaysAlso = typeof decays === 'function' ? decays : groups[decays](model);
  return model.parameters().map((each) => ({ ...each, decay: each.decay && decaysAlso(each) }));
}
