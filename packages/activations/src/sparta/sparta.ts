import { integer, ModelError, nullable, number, oneOf, type Rule, refusal, ShapeError, said } from '@agoge/core';
import { add, mul, relu, sigmoid, type Tensor, type Tensor4D, tensor, tidy } from '@tensorflow/tfjs-core';
import { initializers, type LayerVariable, type Shape } from '@tensorflow/tfjs-layers';
import { activationLayer, type LayerOptions, type LearnedScalar, single } from '../activation-layer';
import { firstKernel, type Gate, gateNetwork, gateWeights } from './gate-network';
import { ownName } from './own-name';

/** How the gate meets the input. */
export type SpartaForm = 'scaled-relu' | 'gate';

/** The gate of a {@link Sparta}. None of the defaults is the paper's, which is not known: all are our reading. */
export interface SpartaGateOptions {
  /** `scaled-relu` (default) starts as exactly ReLU, `gate` as SiLU. */
  form?: SpartaForm;
  /** Whose channels it fits: `stage` (default) one channel width, `shared` any. */
  gate?: Gate;
  /** Of both convolutions, odd. Default 3. */
  kernelSize?: number;
  /** Gate `stage` only: `channels / reduction`, rounded down, but at least 1, channels between the convolutions. Default 4. */
  reduction?: number | null;
  /** Gate `shared` only: channels between the convolutions. Default 8. */
  hidden?: number | null;
  /**
   * The norm that the gradient of each weight is clipped to, or null; a wish that {@link trainingHints} tells a trainer. Default
   * 0.1: without, a shared gate held `smallCnn`, which does not normalise, at chance on the digits (learning rate 0.05).
   */
  clipNorm?: number | null;
  /** Of the start values, keyed by the weights' names too. Default 0. */
  seed?: number;
}

/** Options of {@link Sparta}: its gate's, and those of every tfjs layer; `name` is `sparta` by default. */
export interface SpartaOptions extends SpartaGateOptions, LayerOptions {}

const odd: Rule = {
  expected: 'an odd integer >= 1',
  test(value) {
    const result = integer({ min: 1 }).test(value);
    return result === 'ok' && (value as number) % 2 === 0 ? 'range' : result;
  },
};
const sizeOrNull = nullable(integer({ min: 1 }));

/** The rules of {@link SpartaGateOptions}. */
export const spartaGateRules: Readonly<Record<keyof SpartaGateOptions, Rule>> = {
  form: oneOf('scaled-relu', 'gate'),
  gate: oneOf('stage', 'shared'),
  kernelSize: odd,
  reduction: sizeOrNull,
  hidden: sizeOrNull,
  clipNorm: nullable(number({ above: 0 })),
  seed: integer({ min: 0 }),
};

/** The defaults of {@link SpartaGateOptions}; null: of the gate's kind. */
const defaults = {
  form: 'scaled-relu',
  gate: 'stage',
  kernelSize: 3,
  reduction: null,
  hidden: null,
  clipNorm: 0.1,
  seed: 0,
} as const satisfies Required<SpartaGateOptions>;

/** Refuses the option that the other kind of gate has. */
export function checkGate(who: string, { gate = defaults.gate, reduction, hidden }: SpartaGateOptions): void {
  const [name, value, kind] = gate === 'shared' ? ['reduction', reduction, 'stage'] : ['hidden', hidden, 'shared'];
  if (value !== undefined && value !== null) {
    throw said(new TypeError(refusal(who, name as string, `left out but for gate "${kind}"`, value)));
  }
}

/** The weight that the form `gate` has beside its gate network. */
export const steepness = 'k';

const Base = activationLayer<SpartaOptions>({ name: 'Sparta', defaults, rules: spartaGateRules, apply: (x) => x });

/**
 * Spatially attentive activation: a small convolutional network `phi` looks at the neighbourhood of each position of `x`
 * and opens or closes the activation there. With `s` the logistic function,
 *
 * - form `scaled-relu`: `f(x) = max(x * 2 s(phi(x)), 0)`, exactly ReLU where `phi = 0`;
 * - form `gate`: `f(x) = x s(k x + phi(x))`, SiLU (Swish) where `phi = 0` and `k = 1`, ReLU in the limit of large `k`.
 *
 * **A reconstruction from the abstract**: the paper's formula is not public, nor is code of it. What the abstracts say, and what
 * holds here: it extends ReLU, it depends on a spatial neighbourhood of its input, it is related to Swish, and it moves
 * between networks and data sets ({@link transplant}). Formula, gate network, sizes and start values are ours; no number got with
 * this layer is a number of the paper's method.
 *
 * `phi = conv2(max(conv1(.), 0))` starts at 0 exactly, since `conv2` does, and learns from the first step on. Gate `stage`
 * has all channels in and out and fits one channel width; gate `shared` looks at mean and maximum over the channels,
 * gives one map for all of them, and fits any CNN. `scaled-relu` is the default because a network then starts as its ReLU twin, so that
 * whatever differs after training was learned.
 *
 * Input and output `[n, height, width, channels]`; zeros around the image. A NaN or an infinity reaches all positions whose
 * neighbourhood it is in. Weights `conv1.kernel`, `conv1.bias`, `conv2.kernel`,
 * `conv2.bias` and, in form `gate`, the learned scalar `k` (1), which hints at no weight decay: that would flatten the gate.
 * All gradients go through `phi`. `AgogeSparta` in saved models: import `@agoge/activations/register` before loading one.
 * To freeze it set `trainable = false`: then neither `model.trainableWeights` nor a trainer has its weights, and `fit`
 * leaves them alone, compiled before or after; to thaw it, compile again.
 *
 * Q. Guo et al., Sparta: Spatially attentive and adversarially robust activation, 2021 (arXiv 2105.08269), abstract.
 *
 * @throws TypeError, RangeError for an option that is unknown, of the wrong kind or out of range; ShapeError for an input that is
 *   not 4-dimensional, or has other channels than a `stage` gate was built for; ModelError if the channels are unknown
 * @example
 * const model = resnet18({ activation: spartaSites() });
 * const one = smallCnn({ activation: new Sparta({ gate: 'shared' }) });
 */
export class Sparta extends Base {
  private readonly settings: Required<SpartaGateOptions>;
  private network: LayerVariable[] = [];
  private slope?: LayerVariable;
  private channels?: number;

  constructor(options: SpartaOptions = {}) {
    super({ ...options, name: options.name ?? 'sparta' });
    checkGate('Sparta', options);
    const given = Object.entries(options).filter(([key, value]) => key in defaults && value !== undefined);
    this.settings = { ...defaults, ...Object.fromEntries(given) };
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = single(inputShape);
    this.check(shape);
    const { form, gate, kernelSize, reduction, hidden, seed } = this.settings;
    const channels = shape[3];
    if (channels === null) throw new ModelError('Sparta', `the number of channels at "${this.name}" must be known`);
    const between = gate === 'shared' ? (hidden ?? 8) : Math.max(1, Math.floor(channels / (reduction ?? 4)));
    const zeros = initializers.zeros();
    this.network = gateWeights({ gate, channels, hidden: between, kernelSize }).map(([name, size]) =>
      this.addWeight(name, size, 'float32', zeros),
    );
    const [first] = this.network;
    tidy(() => {
      const size = first.shape as number[];
      first.write(tensor(firstKernel(size, seed, first.originalName), size));
    });
    if (form === 'gate') this.slope = this.addWeight(steepness, [1], 'float32', initializers.ones());
    if (gate === 'stage') this.channels = channels;
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor4D;
    this.check(x.shape);
    const weights = this.network.map((each) => each.read());
    const k = this.slope?.read();
    return tidy(() => {
      const phi = gateNetwork(x, this.settings.gate, weights);
      return k ? mul(x, sigmoid(add(mul(x, k), phi))) : relu(mul(x, mul(sigmoid(phi), 2)));
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const shape = single(inputShape);
    this.check(shape);
    return shape;
  }

  override trainingHints() {
    const clipNorm = this.settings.clipNorm ?? undefined;
    const names = this.weights.map(({ originalName }) => ownName(originalName));
    return Object.fromEntries(names.map((name) => [name, { clipNorm, ...(name === steepness && { decay: false }) }]));
  }

  override learnedScalars(): LearnedScalar[] {
    if (!this.slope) return [];
    return [{ name: this.slope.originalName, variable: this.slope.read(), effective: (k) => k }];
  }

  private check(shape: Shape): void {
    const { channels = 'channels' } = this;
    if (shape.length === 4 && (this.channels === undefined || shape[3] === this.channels)) return;
    const sizes = shape.map((size) => size ?? -1);
    throw new ShapeError('Sparta', `the input of "${this.name}"`, `[n, height, width, ${channels}]`, sizes);
  }
}
