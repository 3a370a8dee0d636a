import { type Bounds, type ForwardMode, modes, normal, type Trainable, type TrainableWeight } from '@agoge/core';
import {
  abs,
  add,
  avgPool,
  conv2d,
  div,
  matMul,
  mean,
  moments,
  mul,
  relu,
  rsqrt,
  type Scalar,
  scalar,
  sigmoid,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tidy,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';

export type Activation = 'relu' | 'silu' | 'pssilu';

export interface HandMadeNetOptions {
  activation?: Activation;
  /** Nested arrays by name; of those missing, kernels are drawn from `seed` and the rest have the usual values. */
  weights?: Readonly<Record<string, unknown>>;
  seed?: number;
  bounds?: Bounds;
  /** Weight of |beta| in the penalty, PSSiLU only. */
  penalty?: number;
  /** Of beta's gradient, PSSiLU only. */
  clipNorm?: number;
}

const shapes: Readonly<Record<string, number[]>> = {
  'conv1.kernel': [3, 3, 2, 4],
  'bn1.gamma': [4],
  'bn1.beta': [4],
  'conv2.kernel': [3, 3, 4, 6],
  'bn2.gamma': [6],
  'bn2.beta': [6],
  'fc.kernel': [6, 3],
  'fc.bias': [3],
};
const running: Readonly<Record<string, number[]>> = {
  'bn1.moving_mean': [4],
  'bn1.moving_variance': [4],
  'bn2.moving_mean': [6],
  'bn2.moving_variance': [6],
};

/**
 * The net of the golden training steps as functions and variables, without tfjs-layers: the second implementation of
 * `Trainable` that the contract is tried by. Images [n, 8, 8, 2], 3 classes; conv 3x3, batch normalisation (epsilon 1e-5,
 * momentum 0.9, unbiased running variance), activation, average pool; once more, with global average pool; dense.
 */
export function handMadeNet(options: HandMadeNetOptions = {}): Trainable & { dispose(): void } {
  const { activation = 'relu', weights = {}, seed = 0, bounds = [0, 1], penalty = 0, clipNorm } = options;
  const make = (name: string, shape: number[], trainable: boolean): Variable => {
    const usual = /gamma|variance|alpha/.test(name) ? 1 : 0;
    const size = shape.reduce((a, b) => a * b, 1);
    const fanIn = size / shape[shape.length - 1];
    const values = name.endsWith('kernel')
      ? normal({ seed, stream: name }, size).map((each) => each * Math.sqrt(2 / fanIn))
      : new Float32Array(size).fill(usual);
    const given = weights[name] as number[] | undefined;
    return tidy(() => variable(tensor(given ?? values, shape, 'float32'), trainable));
  };
  const own = activation === 'pssilu' ? { ...shapes, 'act.alpha': [1], 'act.beta': [1] } : shapes;
  const trained = Object.fromEntries(Object.entries(own).map(([name, shape]) => [name, make(name, shape, true)]));
  const buffers = Object.fromEntries(Object.entries(running).map(([name, shape]) => [name, make(name, shape, false)]));

  const activate = (x: Tensor4D): Tensor4D => {
    if (activation === 'relu') return relu(x);
    if (activation === 'silu') return mul(x, sigmoid(x));
    const [alpha, beta] = [abs(trained['act.alpha']), abs(trained['act.beta'])];
    return div(mul(x, sub(sigmoid(mul(x, alpha)), beta)), sub(1, beta));
  };
  const normalize = (x: Tensor4D, name: string, { statistics }: ForwardMode): Tensor4D => {
    let [center, variance]: Tensor[] = [buffers[`${name}.moving_mean`], buffers[`${name}.moving_variance`]];
    if (statistics !== 'running') {
      const batch = moments(x, [0, 1, 2]);
      if (statistics === 'batch-and-update') {
        const n = x.size / x.shape[3];
        const move = (old: Tensor, now: Tensor) => (old as Variable).assign(add(mul(old, 0.9), mul(now, 0.1)));
        move(center, batch.mean);
        move(variance, mul(batch.variance, n / (n - 1)));
      }
      [center, variance] = [batch.mean, batch.variance];
    }
    const scale = mul(rsqrt(add(variance, 1e-5)), trained[`${name}.gamma`]);
    return add(mul(sub(x, center), scale), trained[`${name}.beta`]);
  };
  const forward = (x: Tensor4D, mode: ForwardMode): Tensor2D =>
    tidy(() => {
      const first = activate(normalize(conv2d(x, trained['conv1.kernel'] as Tensor4D, 1, 'same'), 'bn1', mode));
      const second = conv2d(avgPool(first, 2, 2, 'valid'), trained['conv2.kernel'] as Tensor4D, 1, 'same');
      const features = mean<Tensor2D>(activate(normalize(second, 'bn2', mode)), [1, 2]);
      return add(matMul(features, trained['fc.kernel'] as Tensor2D), trained['fc.bias'] as Tensor1D);
    });

  const named = (variables: Record<string, Variable>) =>
    Object.entries(variables).map(([name, each]) => ({ name, variable: each }));
  return {
    classes: 3,
    bounds,
    forward,
    classifier: (mode) => Object.assign((x: Tensor4D) => forward(x, mode), { classes: 3, bounds }),
    parameters: () =>
      named(trained).map((each): TrainableWeight => {
        const clipped = each.name === 'act.beta' && clipNorm !== undefined;
        return { ...each, decay: true, ...(clipped && { clipNorm }) };
      }),
    buffers: () => named(buffers),
    penalty: () =>
      tidy(() => {
        const beta = trained['act.beta'];
        return beta ? (mul(mean(abs(beta)), penalty) as Scalar) : scalar(0);
      }),
    dispose() {
      for (const { variable: each } of [...named(trained), ...named(buffers)]) each.dispose();
    },
  };
}

/** The logits in mode evaluate, as numbers. */
export async function logitsOf(model: Trainable, x: Tensor4D): Promise<number[]> {
  const logits = model.forward(x, modes.evaluate);
  const values = [...(await logits.data())];
  logits.dispose();
  return values;
}
