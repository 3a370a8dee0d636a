import { boolean, checkOptions, number, type Rules } from '@agoge/core';
import { add, mul, sub, type Tensor, tidy, variable, zerosLike } from '@tensorflow/tfjs-core';
import type { Optimizer } from './optimizer';

export interface SgdOptions {
  /** In `[0, 1)`. Default 0.9 (Madry et al., TRADES, AT-AWP, PAF). */
  momentum?: number;
  /** Whether the step looks ahead along the momentum. Default false (Madry et al., TRADES, AT-AWP); PAF: true. */
  nesterov?: boolean;
  /** Added to the gradient as `weightDecay * w`, for weights that decay. Default 5e-4 (Pang et al. 2021, AT-AWP, PAF); TRADES: 2e-4. */
  weightDecay?: number;
}

const rules: Rules = { momentum: number({ min: 0, below: 1 }), nesterov: boolean, weightDecay: number({ min: 0 }) };

/**
 * Stochastic gradient descent in PyTorch's arithmetic, one weight after another:
 *
 *     g <- g + weightDecay w       where the weight decays
 *     b <- momentum b + g          from b = 0
 *     w <- w - rate (g + momentum b with Nesterov, else b)
 *
 * So the rate in force scales the momentum of all former steps, unlike tfjs's `train.momentum`, which puts it into `b`. A
 * weight that got no gradient does not decay either.
 *
 * Sutskever et al., On the importance of initialization and momentum in deep learning (ICML 2013).
 *
 * @throws TypeError, RangeError for options; RangeError for Nesterov without momentum
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  checkOptions('sgd', options, rules);
  const { momentum = 0.9, nesterov = false, weightDecay = 5e-4 } = options;
  if (nesterov) checkOptions('sgd', { momentum }, { momentum: number({ above: 0, below: 1 }) });

  return {
    name: 'sgd',
    options: { momentum, nesterov, weightDecay },

    init: (parameters) =>
      momentum === 0
        ? []
        : parameters.map(({ name, variable: weight }) => ({
            name: `momentum/${name}`,
            variable: tidy(() => variable(zerosLike(weight), false)),
          })),

    step(parameters, gradients, state, learningRate) {
      tidy(() => {
        parameters.forEach(({ name, variable: weight, decay }, i) => {
          const gradient = gradients.get(name);
          if (!gradient) return;
          const g = decay && weightDecay > 0 ? add(gradient, mul(weight, weightDecay)) : gradient;
          let move: Tensor = g;
          if (momentum > 0) {
            const buffer = state[i].variable;
            buffer.assign(add(mul(buffer, momentum), g));
            move = nesterov ? add(g, mul(buffer, momentum)) : buffer;
          }
          weight.assign(sub(weight, mul(move, learningRate)));
        });
      });
    },
  };
}
