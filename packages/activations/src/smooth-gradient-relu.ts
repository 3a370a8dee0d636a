import { arrayOf, checkValue, type ForwardMode, number, oneOf, required } from '@agoge/core';
import { mul, sigmoid, type Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions } from './activation-layer';
import { type FusedRule, fused } from './fused';
import { relu } from './relu';

const steepness = number({ above: 0 });

const rule: FusedRule<{ alpha: Tensor }> = {
  forward: (x) => ({ value: relu(x), saved: [] }),
  slopes: (x, _, { alpha }) => ({ input: sigmoid(mul(x, alpha)) }),
};

/**
 * The rectifier with a smooth derivative: `f(x) = max(x, 0)`, but backward `f'(x) := s(alpha x)`, that of
 * {@link psoftplus}, with `s` the logistic function.
 *
 * The value is {@link relu}'s, bit for bit. The gradient is not its derivative, so central differences disagree. A second
 * derivative is that of what stands in, `alpha s (1 - s)`.
 *
 * The probe of Xie, Tan, Gong, Yuille, Le 2020 (SAT, arXiv 2006.14536), section 3.2.
 *
 * @param x of any shape
 * @param alpha steepness, above 0. Default 10 (SAT)
 * @returns of the same shape; the caller owns it
 * @throws TypeError or RangeError for an argument of the wrong kind or out of range
 */
export function smoothGradientRelu<T extends Tensor>(x: T, alpha = 10): T {
  checkValue('smoothGradientRelu', 'alpha', alpha, required(steepness));
  return fused('smoothGradientRelu', rule, x, { alpha });
}

/** A pass whose gradient can be smoothed: the attacker's, the optimiser's. */
export type SmoothedPhase = Exclude<ForwardMode['phase'], 'evaluate'>;

export interface SmoothGradientReLUOptions extends LayerOptions {
  /** Steepness of the derivative that stands in, above 0. Default 10 (SAT). */
  alpha?: number;
  /** The passes in which it does: `craft`, an attacker's within training; `update`, the optimiser's. Default both. */
  phases?: readonly SmoothedPhase[];
}

const Rectifier = activationLayer<SmoothGradientReLUOptions>({
  name: 'SmoothGradientReLU',
  defaults: { alpha: 10, phases: ['craft', 'update'] },
  rules: { alpha: steepness, phases: arrayOf(oneOf('craft', 'update')) },
  apply: relu,
});

/**
 * SAT's probe as a layer, `AgogeSmoothGradientReLU` in saved models: {@link smoothGradientRelu} in the passes named by
 * `phases`, told by the {@link ForwardMode} of the pass, and ReLU with its own gradient in all others. So a network is
 * ReLU's whenever it is evaluated, and attacks on it get true gradients; only how it was trained differs. `model.fit` and
 * `model.predict` tell no phase.
 *
 * On ImageNet with ResNet-50 (4/255, PGD-200) the paper reports 68.8 % accuracy and 33.0 % robustness for ReLU's
 * gradient throughout, and 0.5 less and 1.5 more with the attacker's smoothed (section 3.2).
 *
 * @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range
 *
 * @example
 * const probe = new SmoothGradientReLU({ phases: ['craft'] }); // the attacker's gradients only
 * const model = replaceActivations(network, probe); // or resnet18({ activation: probe })
 */
export class SmoothGradientReLU extends Rectifier {
  override call(inputs: Tensor | Tensor[], mode: Partial<ForwardMode> = {}): Tensor | Tensor[] {
    const { alpha, phases } = this.getConfig() as { alpha: number; phases: unknown[] };
    return phases.includes(mode.phase) ? smoothGradientRelu([inputs].flat()[0], alpha) : super.call(inputs, mode);
  }
}
