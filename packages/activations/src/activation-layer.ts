import {
  anything,
  arrayOf,
  boolean,
  checkOptions,
  type ForwardMode,
  ModelError,
  oneOf,
  type Rule,
  type Rules,
  ShapeError,
  show,
  string,
  type TrainingHints,
} from '@agoge/core';
import { engine, type Scalar, type serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { initializers, type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import type { GradientOf } from './fused';

/** What every layer of tfjs takes: `name`, `trainable`, `inputShape` and so on, with tfjs's defaults. */
export type LayerOptions = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;

/** What every layer with learned scalars takes. */
export interface ScalarOptions<Name extends string> {
  /** Which scalars are trained. Default all; the others keep their start values. */
  learn?: readonly Name[];
  /**
   * Whether weight decay applies to the scalars, which {@link TrainingHints} tells a trainer. Default true (PAF's code) unless
   * the layer says otherwise.
   */
  decay?: boolean;
  /**
   * A scalar for each channel, the last axis of the input, instead of one for all. Default false (PAF's code). The number of
   * channels is that of the first input; where the layer is shared, all inputs have as many.
   */
  perChannel?: boolean;
}

/** A learned scalar as it acts: {@link readScalars}. */
export interface LearnedScalar {
  /** Layer and weight: `pssilu/beta`. */
  name: string;
  /** Of shape [1], or [channels]. */
  variable: Tensor;
  /** The value that acts, of a value stored. */
  effective(value: number): number;
}

/** A tfjs layer of this package. */
export interface ActivationLayer extends layers.Layer {
  /** {@link TrainingHints}. */
  trainingHints(): ReturnType<NonNullable<TrainingHints['trainingHints']>>;
  learnedScalars(): LearnedScalar[];
}

/** The class of an {@link ActivationLayer}. */
export interface ActivationLayerClass<Options extends LayerOptions> {
  new (options?: Options): ActivationLayer;
  readonly className: string;
  fromConfig: serialization.FromConfigMethod<ActivationLayer>;
}

/** How a scalar of a layer starts, is trained and is read. */
interface ScalarDefinition<Options> {
  initial: number;
  rule: Rule;
  /** The value that acts, of the value stored. Default: the same. */
  effective?(value: number): number;
  clipNorm?(options: Options): number | null;
  penalty?(variable: Tensor, options: Options): Scalar;
}

export interface ActivationDefinition<Options extends LayerOptions> {
  /** Of the class; `Agoge` before it makes the class name in saved models. */
  name: string;
  scalars?: Record<string, ScalarDefinition<Required<Options>>>;
  /** Options beside start values, `learn`, `decay` and `perChannel`, or another default of these. */
  defaults?: Partial<Options>;
  rules?: Rules;
  apply(x: Tensor, scalars: Tensor[], of: GradientOf, options: Required<Options>): Tensor;
}

/** The shape of the first input. */
export const single = (shape: Shape | Shape[]): Shape => (Array.isArray(shape[0]) ? shape[0] : (shape as Shape));

const layerRules: Rules = {
  name: string,
  trainable: boolean,
  inputShape: anything,
  batchInputShape: anything,
  batchSize: anything,
  dtype: string,
  inputDType: string,
  weights: anything,
};

/**
 * Makes a tfjs layer class of an activation.
 *
 * One instance has one weight per scalar, however many places share it: of shape [1], or with `perChannel` of [channels]. A
 * layer with scalars is called after its activation (`pssilu`) unless named, so that the same network built twice has the
 * same weight names; two such layers in one model need names. In a forward pass with `phase: 'craft'`
 * ({@link ForwardMode}) the scalars are constants: an attack wants the gradient of its images only, and the sums over all
 * activations cost a third more.
 */
export function activationLayer<Options extends LayerOptions>(
  definition: ActivationDefinition<Options>,
): ActivationLayerClass<Options> {
  const { name, scalars = {}, apply } = definition;
  const names = Object.keys(scalars);
  const defaults: Record<string, unknown> = {};
  const rules: Record<string, Rule> = { ...definition.rules };
  for (const [scalar, { initial, rule }] of Object.entries(scalars)) {
    defaults[scalar] = initial;
    rules[scalar] = rule;
  }
  if (names.length > 0) {
    Object.assign(defaults, { learn: names, decay: true, perChannel: false });
    Object.assign(rules, { learn: arrayOf(oneOf(...names)), decay: boolean, perChannel: boolean });
  }
  Object.assign(defaults, definition.defaults);

  return class extends layers.Layer implements ActivationLayer {
    static className = `Agoge${name}`;
    private readonly options: Required<Options> & ScalarOptions<string>;
    private readonly variables: LayerVariable[] = [];
    private collection?: WeakRef<object>;

    constructor(options: Options = {} as Options) {
      checkOptions(name, options, { ...layerRules, ...rules });
      super(names.length > 0 ? { ...options, name: options.name ?? name.toLowerCase() } : options);
      const given = Object.entries(options).filter(([key, value]) => key in defaults && value !== undefined);
      this.options = { ...defaults, ...Object.fromEntries(given) } as typeof this.options;
      this.supportsMasking = true;
    }

    /** tfjs puts what else it was given to deserialise with, `customObjects`, into the config. */
    static override fromConfig<T extends serialization.Serializable>(
      cls: serialization.SerializableConstructor<T>,
      { customObjects, ...options }: serialization.ConfigDict,
    ): T {
      return new cls(options);
    }

    override build(inputShape: Shape | Shape[]): void {
      const { learn = [], perChannel } = this.options;
      const size = perChannel ? single(inputShape).at(-1) : 1;
      if (typeof size !== 'number') {
        throw new ModelError(name, `the number of channels at ${show(this.name)}, which is per channel, must be known`);
      }
      for (const [scalar, { penalty }] of Object.entries(scalars)) {
        const initial = initializers.constant({ value: this.options[scalar as keyof Options] as number });
        const trainable = learn.includes(scalar);
        const variable = this.addWeight(scalar, [size], 'float32', initial, undefined, trainable);
        this.variables.push(variable);
        if (penalty && trainable) this.addLoss(() => tidy(() => penalty(variable.read(), this.options)));
      }
      this.built = true;
    }

    override computeOutputShape(inputShape: Shape | Shape[]): Shape {
      const shape = single(inputShape);
      this.checkChannels(shape);
      return shape;
    }

    private checkChannels(shape: Shape): void {
      const [channels] = this.options.perChannel ? this.variables.map((variable) => variable.shape[0]) : [];
      if (channels === undefined || channels === shape.at(-1)) return;
      const sizes = shape.map((size) => size ?? -1);
      throw new ShapeError(name, `the input of ${show(this.name)}, which is per channel,`, `[..., ${channels}]`, sizes);
    }

    override call(inputs: Tensor | Tensor[], { phase }: Partial<ForwardMode> = {}): Tensor {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      this.checkChannels(x.shape);
      const values = this.variables.map((variable) => variable.read());
      return tidy(() => apply(x, values, phase === 'craft' ? 'input' : 'all', this.options));
    }

    /**
     * tfjs asks once per place where a shared layer stands and adds the answers up. A penalty belongs to the scalar, not to
     * its places: within one gradient, or one collection outside of any, the first asker gets it and the others nothing.
     */
    override calculateLosses(): Scalar[] {
      const { gradientDepth, activeTape, activeScope } = engine().state;
      const collection: object | null = gradientDepth > 0 ? activeTape : activeScope;
      if (collection && this.collection?.deref() === collection) return [];
      this.collection = collection ? new WeakRef(collection) : undefined;
      return super.calculateLosses();
    }

    override getConfig(): serialization.ConfigDict {
      return { ...super.getConfig(), ...(this.options as serialization.ConfigDict) };
    }

    trainingHints() {
      const { decay = true } = this.options;
      const hint = ({ clipNorm }: ScalarDefinition<Required<Options>>) => ({
        decay,
        clipNorm: clipNorm?.(this.options) ?? undefined,
      });
      return Object.fromEntries(Object.entries(scalars).map(([scalar, each]) => [scalar, hint(each)]));
    }

    learnedScalars(): LearnedScalar[] {
      return this.variables.map((variable, i) => ({
        name: variable.originalName,
        variable: variable.read(),
        effective: scalars[names[i]].effective ?? ((value) => value),
      }));
    }
  };
}
