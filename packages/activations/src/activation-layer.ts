import {
  anything,
  arrayOf,
  boolean,
  checkOptions,
  type ForwardMode,
  oneOf,
  type Rule,
  type Rules,
  string,
  type TrainingHints,
} from '@agoge/core';
import { engine, type Scalar, type serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { initializers, type LayerVariable, layers } from '@tensorflow/tfjs-layers';
import type { GradientOf } from './fused';

/** What every layer of tfjs takes: `name`, `trainable`, `inputShape` and so on, with tfjs's defaults. */
export type LayerOptions = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;

/** What every layer with learned scalars takes. */
export interface ScalarOptions<Name extends string> {
  /** Which scalars are trained. Default all; the others keep their start values. */
  learn?: readonly Name[];
  /** Whether weight decay applies to the scalars, which {@link TrainingHints} tells a trainer. Default true (PAF's code). */
  decay?: boolean;
}

/** A learned scalar as it acts: {@link readScalars}. */
export interface LearnedScalar {
  /** Layer and weight: `pssilu/beta`. */
  name: string;
  variable: Tensor;
  effective(value: number): number;
}

/** A tfjs layer of this package. */
export interface ActivationLayer extends layers.Layer, Required<TrainingHints> {
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
  /** The value that acts, of the value stored. */
  effective(value: number): number;
  clipNorm?(options: Options): number | null;
  penalty?(variable: Tensor, options: Options): Scalar;
}

export interface ActivationDefinition<Options extends LayerOptions> {
  /** Of the class; `Agoge` before it makes the class name in saved models. */
  name: string;
  scalars?: Record<string, ScalarDefinition<Required<Options>>>;
  /** Options beside start values, `learn` and `decay`. */
  defaults?: Partial<Options>;
  rules?: Rules;
  apply(x: Tensor, scalars: Tensor[], of: GradientOf): Tensor;
}

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
 * One instance has one weight of shape [1] per scalar, however many places share it. A layer with scalars is called after
 * its activation (`pssilu`) unless named, so that the same network built twice has the same weight names; two such layers
 * in one model need names. In a forward pass with `phase: 'craft'` ({@link ForwardMode}) the scalars are constants: an
 * attack wants the gradient of its images only, and the sums over all activations cost a third more.
 */
export function activationLayer<Options extends LayerOptions>(
  definition: ActivationDefinition<Options>,
): ActivationLayerClass<Options> {
  const { name, scalars = {}, apply } = definition;
  const names = Object.keys(scalars);
  const defaults: Record<string, unknown> = { ...definition.defaults };
  const rules: Record<string, Rule> = { ...definition.rules };
  for (const [scalar, { initial, rule }] of Object.entries(scalars)) {
    defaults[scalar] = initial;
    rules[scalar] = rule;
  }
  if (names.length > 0) {
    Object.assign(defaults, { learn: names, decay: true });
    Object.assign(rules, { learn: arrayOf(oneOf(...names)), decay: boolean });
  }

  return class extends layers.Layer implements ActivationLayer {
    static className = `Agoge${name}`;
    private readonly options: Record<string, unknown>;
    private readonly variables: LayerVariable[] = [];
    private collection?: WeakRef<object>;

    constructor(options: Options = {} as Options) {
      checkOptions(name, options, { ...layerRules, ...rules });
      super(names.length > 0 ? { ...options, name: options.name ?? name.toLowerCase() } : options);
      const given = Object.entries(options).filter(([key, value]) => key in defaults && value !== undefined);
      this.options = { ...defaults, ...Object.fromEntries(given) };
      this.supportsMasking = true;
    }

    /** tfjs puts what else it was given to deserialise with, `customObjects`, into the config. */
    static override fromConfig<T extends serialization.Serializable>(
      cls: serialization.SerializableConstructor<T>,
      { customObjects, ...options }: serialization.ConfigDict,
    ): T {
      return new cls(options);
    }

    override build(): void {
      const learned = this.options.learn as string[];
      for (const [scalar, { penalty }] of Object.entries(scalars)) {
        const initial = initializers.constant({ value: this.options[scalar] as number });
        const trainable = learned.includes(scalar);
        const variable = this.addWeight(scalar, [1], 'float32', initial, undefined, trainable);
        this.variables.push(variable);
        if (penalty && trainable) {
          this.addLoss(() => tidy(() => penalty(variable.read(), this.options as Required<Options>)));
        }
      }
      this.built = true;
    }

    override call(inputs: Tensor | Tensor[], { phase }: Partial<ForwardMode> = {}): Tensor {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      const values = this.variables.map((variable) => variable.read());
      return tidy(() => apply(x, values, phase === 'craft' ? 'input' : 'all'));
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

    trainingHints(): Record<string, { decay: boolean; clipNorm?: number }> {
      const hint = ({ clipNorm }: ScalarDefinition<Required<Options>>) => ({
        decay: this.options.decay as boolean,
        clipNorm: clipNorm?.(this.options as Required<Options>) ?? undefined,
      });
      return Object.fromEntries(Object.entries(scalars).map(([scalar, each]) => [scalar, hint(each)]));
    }

    learnedScalars(): LearnedScalar[] {
      return this.variables.map((variable, i) => ({
        name: variable.originalName,
        variable: variable.read(),
        effective: scalars[names[i]].effective,
      }));
    }
  };
}
