import { checkValue, type ForwardMode, ModelError, number, oneOf } from '@agoge/core';
import { add, batchNorm, mul, type Tensor, type Tensor1D, tidy } from '@tensorflow/tfjs-core';
import { InputSpec, initializers, type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import { normalizeBatch } from './normalize-batch';

type LayerArgs = ConstructorParameters<typeof layers.Layer>[0];
type Kwargs = Parameters<InstanceType<typeof layers.Layer>['call']>[1];

export interface BatchNormalizationOptions extends NonNullable<LayerArgs> {
  /** How much of a batch goes into the running statistics; default 0.1, as in PyTorch (Keras counts from the other end: 0.9). */
  momentum?: number;
  /** Added to the variance; default 1e-5, as in PyTorch. */
  epsilon?: number;
  /** What `weight` starts with: 1, or 0 for the last one of a residual block that starts as the identity. Default 1. */
  scale?: 0 | 1;
}

/**
 * Batch normalisation that reads which statistics to use from the {@link ForwardMode} of the call, with PyTorch's conventions.
 *
 * `y = weight (x - m) / sqrt(v + epsilon) + bias` over the last axis. `m` and `v` are the running statistics in mode
 * `running`; the batch's mean and biased variance in `batch` and in `batch-and-update`, which also moves the running ones:
 * `r <- (1 - momentum) r + momentum s`, where the variance's `s` is unbiased (n / (n - 1) times the biased one). Gradients
 * flow through the batch's statistics and never through the running ones. Called without a mode, as by `model.fit` and
 * `model.predict`: `batch-and-update` when training, else `running`.
 *
 * Weights `weight` (`scale`), `bias` (0), `running_mean` (0), `running_var` (1), all `[channels]`. In saved models
 * `AgogeBatchNormalization`: import `@agoge/architectures/register` before loading one.
 *
 * S. Ioffe and C. Szegedy, Batch normalization (ICML 2015).
 *
 * @throws TypeError, RangeError for `momentum` outside [0, 1], `epsilon` not above 0; ModelError for an input whose channels
 * are unknown, or for the statistics of a batch with one value per channel
 */
export class BatchNormalization extends layers.Layer {
  static readonly className = 'AgogeBatchNormalization';
  private readonly momentum: number;
  private readonly epsilon: number;
  private readonly scale: 0 | 1;

  constructor(options: BatchNormalizationOptions = {}) {
    super(options);
    const { momentum = 0.1, epsilon = 1e-5, scale = 1 } = options;
    checkValue('batchNormalization', 'momentum', momentum, number({ min: 0, max: 1 }));
    checkValue('batchNormalization', 'epsilon', epsilon, number({ above: 0 }));
    this.momentum = momentum;
    checkValue('batchNormalization', 'scale', scale, oneOf(0, 1));
    this.epsilon = epsilon;
    this.scale = scale;
    this.supportsMasking = true;
  }

  override build(inputShape: Shape | Shape[]): void {
    const [shape] = (Array.isArray(inputShape[0]) ? inputShape : [inputShape]) as Shape[];
    const axis = shape.length - 1;
    const channels = shape[axis];
    if (channels === null) throw new ModelError('batchNormalization', 'the number of channels must be known');
    this.inputSpec = [new InputSpec({ ndim: shape.length, axes: { [axis]: channels } })];
    const weights: [name: string, initializer: ReturnType<typeof initializers.zeros>, trainable: boolean][] = [
      ['weight', this.scale === 1 ? initializers.ones() : initializers.zeros(), true],
      ['bias', initializers.zeros(), true],
      ['running_mean', initializers.zeros(), false],
      ['running_var', initializers.ones(), false],
    ];
    for (const [name, initializer, trainable] of weights) {
      this.addWeight(name, [channels], 'float32', initializer, undefined, trainable);
    }
    super.build(inputShape);
  }

  override call(inputs: Tensor | Tensor[], kwargs: Kwargs): Tensor {
    const [x] = [inputs].flat();
    const { training, statistics = training ? 'batch-and-update' : 'running' } = kwargs as Partial<ForwardMode>;
    checkValue('batchNormalization', 'statistics', statistics, oneOf('running', 'batch', 'batch-and-update'));
    const [weight, bias, runningMean, runningVariance] = this.weights;
    return tidy(() => {
      if (statistics === 'running') {
        const [mean, variance] = [runningMean, runningVariance].map((each) => each.read() as Tensor1D);
        return batchNorm(x, mean, variance, bias.read() as Tensor1D, weight.read() as Tensor1D, this.epsilon);
      }
      const values = x.size / x.shape[x.rank - 1];
      if (values < 2) {
        const why = `${this.name} cannot take batch statistics of one value per channel: give it two images or more`;
        throw new ModelError('batchNormalization', why);
      }
      const { y, mean, variance } = normalizeBatch(x, weight.read(), bias.read(), this.epsilon);
      if (statistics === 'batch-and-update') {
        this.update(runningMean, mean);
        this.update(runningVariance, mul(variance, values / (values - 1)));
      }
      return y;
    });
  }

  override getConfig() {
    return { ...super.getConfig(), momentum: this.momentum, epsilon: this.epsilon, scale: this.scale };
  }

  /** r <- (1 - momentum) r + momentum s. */
  private update(running: LayerVariable, statistic: Tensor): void {
    running.write(add(mul(running.read(), 1 - this.momentum), mul(statistic, this.momentum)));
  }
}

/**
 * A new {@link BatchNormalization} layer.
 *
 * @example
 * const y = batchNormalization({ name: 'bn1' }).apply(x);
 */
export function batchNormalization(options: BatchNormalizationOptions = {}): BatchNormalization {
  return new BatchNormalization(options);
}
