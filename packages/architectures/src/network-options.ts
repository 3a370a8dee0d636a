import {
  type ActivationOption,
  anything,
  type ImageShape,
  integer,
  object,
  oneOf,
  type Rule,
  type Rules,
} from '@agoge/core';
import { type InitializerName, initializerNames } from './initial-weights';
import type { Upsample } from './upsample';

/** What every architecture here takes. */
export interface NetworkOptions {
  /** `[height, width, channels]`, 8 x 8 or larger. */
  inputShape?: ImageShape;
  /** Number of logits, 2 or more. Default 10. */
  classes?: number;
  /**
   * A tfjs name (`relu`, `silu`, `softplus` ...), one layer that the whole network shares, or a function from site to
   * layer. Default `relu`.
   */
  activation?: ActivationOption;
  /** Batch normalisation, or none and biases in its place. Default: what the network's paper has. */
  normalization?: 'batch' | 'none';
  /** How wide, in the network's own terms. */
  width?: number;
  /**
   * What weights start with: `published`, as the network's paper has it; `zeros`, where others are to be loaded; He's normal
   * distribution by `he-fan-in` or `he-fan-out`, and `glorot`, fans counted as PyTorch counts them (`out` takes no account of
   * groups); `pytorch`, its layers' default. Default `published`.
   */
  initializer?: InitializerName;
  /** Makes images larger, within the network: RCM (Xu and Yang 2022). Default not. */
  upsample?: Upsample;
  /** What is taken over positions before the last layers, where the network does. Default `average`; RCM compares `max`. */
  pooling?: 'average' | 'max';
  /** Of the initial weights. Default 0. */
  seed?: number;
}

const imageShape: Rule = {
  expected: '[height, width, channels] of whole numbers, height and width >= 8',
  test(value) {
    if (!Array.isArray(value)) return 'kind';
    const fits = value.every((size, i) => Number.isSafeInteger(size) && size >= (i < 2 ? 8 : 1));
    return value.length === 3 && fits ? 'ok' : 'range';
  },
};

/** The rules of {@link NetworkOptions}; the activation is checked where it is used. */
export const networkRules: Rules = {
  inputShape: imageShape,
  classes: integer({ min: 2 }),
  activation: anything,
  normalization: oneOf('batch', 'none'),
  width: integer({ min: 1 }),
  initializer: oneOf(...initializerNames),
  upsample: object,
  pooling: oneOf('average', 'max'),
  seed: integer({ min: 0 }),
};
