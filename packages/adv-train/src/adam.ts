import { checkOptions, number, type Rules } from '@agoge/core';
import {
  add,
  div,
  mul,
  scalar,
  sqrt,
  square,
  sub,
  tidy,
  type Variable,
  variable,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Optimizer } from './optimizer';

export interface AdamOptions {
  /** Of the mean of the gradients. Default 0.9 (Kingma and Ba 2015; PyTorch). */
  beta1?: number;
  /** Of the mean of their squares. Default 0.999 (Kingma and Ba 2015; PyTorch). */
  beta2?: number;
  /** Added to the root. Default 1e-8 (Kingma and Ba 2015; PyTorch). */
  epsilon?: number;
  /** For weights that decay. Default 0 with {@link adam}, 0.01 with {@link adamW} (PyTorch). */
  weightDecay?: number;
}

const share = number({ min: 0, below: 1 });
const rules: Rules = { beta1: share, beta2: share, epsilon: number({ above: 0 }), weightDecay: number({ min: 0 }) };

/**
 * Adam in PyTorch's arithmetic; weight decay is added to the gradient:
 *
 *     g <- g + weightDecay w              where the weight decays
 *     m <- beta1 m + (1 - beta1) g
 *     v <- beta2 v + (1 - beta2) g^2
 *     w <- w - rate m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon)
 *
 * Kingma and Ba, Adam: a method for stochastic optimization (ICLR 2015).
 *
 * @throws TypeError, RangeError for options
 * @example
 * const optimizer = adam(); // fast adversarial training and Madry et al. on MNIST
 */
export function adam(options: AdamOptions = {}): Optimizer {
  return make('adam', options, 0, 'in the gradient');
}

/**
 * Adam with decoupled weight decay, in PyTorch's arithmetic: `w <- w (1 - rate weightDecay)` before the step of {@link adam}.
 *
 * Loshchilov and Hutter, Decoupled weight decay regularization (ICLR 2019).
 *
 * @throws TypeError, RangeError for options
 */
export function adamW(options: AdamOptions = {}): Optimizer {
  return make('adamW', options, 0.01, 'of the weight');
}

function make(
  name: string,
  options: AdamOptions,
  usualDecay: number,
  decays: 'in the gradient' | 'of the weight',
): Optimizer {
  checkOptions(name, options, rules);
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = usualDecay } = options;
  const mean = (old: Variable, share: number, value: Parameters<typeof mul>[0]) =>
    old.assign(add(mul(old, share), mul(value, 1 - share)));

  return {
    name,
    options: { beta1, beta2, epsilon, weightDecay },

    // Beside the two means of each weight, the same means of 1: `1 - beta^t`, which float32 cannot say as a difference.
    init: (parameters) =>
      tidy(() => {
        const means = parameters.flatMap(({ name, variable: weight }) => [
          { name: `mean/${name}`, variable: variable(zerosLike(weight), false) },
          { name: `square/${name}`, variable: variable(zerosLike(weight), false) },
        ]);
        const ones = ['mean', 'square'].map((each) => ({
          name: `correction/${each}`,
          variable: variable(scalar(0), false),
        }));
        return [...means, ...ones];
      }),

    step(parameters, gradients, state, learningRate) {
      tidy(() => {
        const [ofMean, ofSquare] = state.slice(-2).map((each) => each.variable);
        mean(ofMean, beta1, scalar(1));
        mean(ofSquare, beta2, scalar(1));
        parameters.forEach(({ name, variable: weight, decay }, i) => {
          const gradient = gradients.get(name);
          if (!gradient) return;
          const isDecaying = decay && weightDecay > 0;
          const g = isDecaying && decays === 'in the gradient' ? add(gradient, mul(weight, weightDecay)) : gradient;
          const [m, v] = [state[2 * i].variable, state[2 * i + 1].variable];
          mean(m, beta1, g);
          mean(v, beta2, square(g));
          const move = div(div(m, ofMean), add(sqrt(div(v, ofSquare)), epsilon));
          const kept = isDecaying && decays === 'of the weight' ? mul(weight, 1 - learningRate * weightDecay) : weight;
          weight.assign(sub(kept, mul(move, learningRate)));
        });
      });
    },
  };
}
