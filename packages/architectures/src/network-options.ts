import { type ActivationOption, anything, type ImageShape, integer, type Rule, type Rules } from '@agoge/core';

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
  /** Channels of the first convolution; the others grow with it. */
  width?: number;
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
  width: integer({ min: 1 }),
  seed: integer({ min: 0 }),
};
