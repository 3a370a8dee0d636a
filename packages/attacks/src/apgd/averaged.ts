import { addN, div } from '@tensorflow/tfjs-core';
import { type Answer, type Question, slope } from '../ascent/climb';

/**
 * The means of logits, loss and gradient over some evaluations at the same images: of a classifier that answers at random,
 * estimates of what it expects.
 *
 * Athalye et al., Synthesizing robust adversarial examples (ICML 2018).
 *
 * @param samples evaluations, one forward and one backward pass each
 */
export function averagedSlope(question: Question, samples: number): Answer {
  if (samples === 1) return slope(question);
  const all = Array.from({ length: samples }, () => slope(question));
  const mean = <Name extends 'logits' | 'loss' | 'gradient'>(name: Name) =>
    div(addN(all.map((each) => each[name] as NonNullable<Answer[Name]>)), samples) as NonNullable<Answer[Name]>;
  return {
    ...{ logits: mean('logits'), loss: mean('loss'), gradient: mean('gradient') },
    check: async () => {
      for (const each of all) await each.check();
    },
    ...{ forwards: samples, backwards: samples },
  };
}
