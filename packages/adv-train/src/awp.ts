import { checkOptions, number, type Rules, required } from '@agoge/core';
import { add, div, mul, norm, tidy } from '@tensorflow/tfjs-core';
import type { WeightPerturbation } from './weight-perturbation';

export interface AwpOptions {
  /** Size of the move, as a share of each weight's norm. Source: 0.01 with adversarial training, 0.005 with TRADES. No default. */
  gamma: number;
  /** Finished epochs before it is in force. Default 0 (source, adversarial training); 10 with TRADES, 5 on SVHN. */
  warmUp?: number;
}

const rules: Rules = { gamma: required(number({ above: 0 })), warmUp: number({ min: 0 }) };
/** The source's guard against a gradient of 0. */
const tiny = 1e-20;

/**
 * Adversarial weight perturbation: the gradient is taken at `w + v` with `v = gamma |w| g / |g|` for each weight of two
 * dimensions or more, where `g` is the gradient of the loss at `w` (the penalty left out); other weights stay. The optimiser then
 * moves `w` itself.
 *
 * Wu, Xia, Wang, Adversarial weight perturbation helps robust generalization (NeurIPS 2020).
 *
 * @throws TypeError, RangeError for options
 * @example
 * await fit(model, data, { objective: trades({ eps: 8 / 255 }), weightPerturbation: awp({ gamma: 0.005, warmUp: 10 }), epochs });
 */
export function awp(options: AwpOptions): WeightPerturbation {
  checkOptions('awp', options, rules);
  const { gamma, warmUp = 0 } = options;
  return {
    name: 'awp',
    options: { gamma, warmUp },
    active: ({ epoch }) => epoch >= warmUp,
    move: (parameters, gradients) =>
      parameters.map(({ variable }) => {
        const gradient = gradients[variable.name];
        if (!gradient || variable.rank < 2) return undefined;
        return tidy(() => mul(gradient, div(mul(gamma, norm(variable)), add(norm(gradient), tiny))));
      }),
  };
}
