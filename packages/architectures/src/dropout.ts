import { checkValue, type ForwardMode, integer, number, oneOf, required, uniform } from '@agoge/core';
import { mul, scalar, type serialization, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { initializers, layers, type Shape } from '@tensorflow/tfjs-layers';

export interface DropoutShape {
  /** Also keys the noise. */
  name?: string;
  /** The share that is dropped, in [0, 1). */
  rate: number;
  /** Default 0. */
  seed?: number;
  /** What falls together: each number by itself, or all of an example, which is stochastic depth. Default `number`. */
  of?: 'number' | 'example';
}

/**
 * Dropout in training only: each number or each example 0 with probability `rate`, else divided by `1 - rate`.
 *
 * tfjs's own, given a seed, drops the same numbers in every step. Here noise is keyed by (seed, how many training calls the
 * layer has seen, its name): other in each call, the same in each run, and of an example by its place in the batch. The count is
 * the layer's one weight, `calls` (int32, not trained), which models that are saved and checkpoints hold: a training run that is
 * resumed goes on with the noise that it would have had. PyTorch's state dicts have none. In saved models `AgogeDropout`.
 *
 * N. Srivastava et al., Dropout (JMLR 2014); G. Huang et al., Deep networks with stochastic depth (ECCV 2016).
 *
 * @throws TypeError, RangeError for an option of the wrong kind or out of range
 */
export class Dropout extends layers.Layer {
  static readonly className = 'AgogeDropout';
  private readonly shape: Required<Omit<DropoutShape, 'name'>>;
  private calls = 0;
  /** The data of the weight that `calls` is the value of: others when somebody has given it a value. */
  private known?: object;

  constructor({ rate, seed = 0, of = 'number', ...options }: DropoutShape) {
    super(options);
    checkValue('dropout', 'rate', rate, required(number({ min: 0, below: 1 })));
    checkValue('dropout', 'seed', seed, integer({ min: 0 }));
    checkValue('dropout', 'of', of, oneOf('number', 'example'));
    this.shape = { rate, seed, of };
    this.supportsMasking = true;
  }

  override build(inputShape: Shape | Shape[]): void {
    this.addWeight('calls', [], 'int32', initializers.zeros(), undefined, false);
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[], kwargs: Parameters<InstanceType<typeof layers.Layer>['call']>[1]): Tensor {
    const [x] = [inputs].flat();
    if (!(kwargs as Partial<ForwardMode>).training) return x.clone();
    const { rate, seed, of } = this.shape;
    const shape = of === 'number' ? x.shape : x.shape.map((size, axis) => (axis === 0 ? size : 1));
    const length = shape.reduce((total, size) => total * size, 1);
    const noise = uniform({ seed, index: this.count(), stream: this.name }, length);
    const kept = noise.map((each) => (each < rate ? 0 : 1 / (1 - rate)));
    return tidy(() => mul(x, tensor(kept, shape)));
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), ...this.shape };
  }

  /** How many training calls came before this one, which is counted. */
  private count(): number {
    const [weight] = this.weights;
    // Read at once, against the rule: only after it was restored, when its value has not left the host.
    if (weight.read().dataId !== this.known) [this.calls] = weight.read().dataSync();
    tidy(() => void weight.write(scalar(this.calls + 1, 'int32')));
    this.known = weight.read().dataId;
    return this.calls++;
  }
}
