import { checkValue, oneOf, required } from '@agoge/core';
import { add, clipByValue, elu, erf, mul, sigmoid, square, sub, type Tensor } from '@tensorflow/tfjs-core';
import { activationLayer, type LayerOptions } from './activation-layer';
import { type FusedRule, fused } from './fused';

/** Which form of GELU: the exact one, or the older approximation. */
export type GELUApproximation = 'erf' | 'tanh';

const viaErf: FusedRule = {
  forward(x) {
    const gate = mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
    return { value: mul(x, gate), saved: [gate] };
  },
  slopes(x, [gate]) {
    const bell = add(elu(mul(square(x), -0.5)), 1); // exp(-x^2 / 2), at a tenth of the time of exp on wasm
    return { input: add(gate, mul(mul(x, bell), 1 / Math.sqrt(2 * Math.PI))) };
  },
};

/** `(1 + tanh(w)) / 2 = s(2 w)`: `2 w = steep near (1 + cubic near^2)`. */
const steep = 2 * Math.sqrt(2 / Math.PI);
const cubic = 0.044715;
/** Here the gate is 0 or 1 to all digits of float32, and the cube of no number overflows. */
const edge = 12;

const viaTanh: FusedRule = {
  forward(x) {
    const near = clipByValue(x, -edge, edge);
    const z = mul(near, add(mul(square(near), steep * cubic), steep));
    const gate = sigmoid(z);
    return { value: mul(x, gate), saved: [near, z, gate] };
  },
  slopes(_, [near, z, gate]) {
    const rise = sub(mul(z, 3), mul(near, 2 * steep)); // x dz/dx
    return { input: mul(gate, add(mul(rise, sub(1, gate)), 1)) };
  },
};

const rules = { erf: viaErf, tanh: viaTanh };
const approximationRule = oneOf('erf', 'tanh');

/**
 * GELU, `f(x) = x P(x)` with `P` the normal distribution's cumulative function, `P(x) = (1 + erf(x / sqrt 2)) / 2`.
 *
 * `'erf'`: `f'(x) = P(x) + x exp(-x^2 / 2) / sqrt(2 pi)`. The value is as good as the backend's `erf`: tfjs's cpu and webgl
 * know `erf` to 1.5e-7, so that `f` errs by up to `1e-7 |x|`, of which far left, where `f` itself is less, nothing is left.
 * `'tanh'`: `P(x)` is replaced by `(1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`, and the gradient is that of the
 * replacement; it is off the exact form by up to 5e-4, but right to the last digits far left.
 *
 * A smooth activation of Xie, Tan, Gong, Yuille, Le 2020 (SAT, arXiv 2006.14536), whose code uses `'tanh'`.
 *
 * @param x of any shape
 * @param approximation default `'erf'`, the definition (PyTorch's default too)
 * @returns of the same shape; the caller owns it
 * @throws TypeError if `x` is no tensor or `approximation` no string; RangeError if it is another string
 */
export function gelu<T extends Tensor>(x: T, approximation: GELUApproximation = 'erf'): T {
  checkValue('gelu', 'approximation', approximation, required(approximationRule));
  return fused('gelu', rules[approximation], x, {});
}

export interface GELUOptions extends LayerOptions {
  /** Default `'erf'`, the definition. */
  approximation?: GELUApproximation;
}

/**
 * {@link gelu} as a layer, `AgogeGELU` in saved models.
 *
 * @throws TypeError or RangeError for an option that is unknown, of the wrong kind or out of range
 */
export const GELU = activationLayer<GELUOptions>({
  name: 'GELU',
  defaults: { approximation: 'erf' },
  rules: { approximation: approximationRule },
  apply: (x, _, __, { approximation }) => gelu(x, approximation),
});
