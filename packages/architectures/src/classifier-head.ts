import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Kit } from './network';

/** Linear layers at the end of a network. */
export interface ClassifierHead {
  /** Numbers of the hidden ones. */
  hidden: readonly number[];
  /** Whether a share is dropped before each of them, or after its activation. */
  drops: 'before' | 'after';
  dropout: number;
  /** Of the activations' sites. */
  stage: number;
}

/** The logits by way of hidden linear layers, each with dropout and activation, numbered as in a PyTorch `Sequential` named `classifier`. */
export function classifierHead(
  features: SymbolicTensor,
  kit: Kit,
  { hidden, drops, dropout, stage }: ClassifierHead,
): SymbolicTensor {
  let x = features;
  let modules = 0;
  const next = () => `classifier.${modules++}`;
  for (const units of hidden) {
    if (drops === 'before') x = kit.drop(x, next(), dropout);
    x = kit.dense(x, next(), units);
    x = kit.activate(x, next(), stage);
    if (drops === 'after') x = kit.drop(x, next(), dropout);
  }
  return kit.logits(x, hidden.length > 0 ? next() : 'classifier');
}
