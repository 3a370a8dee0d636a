import type { TrainableWeight } from '@agoge/core';
import { add, type Tensor, tidy } from '@tensorflow/tfjs-core';

/**
 * Runs a synchronous body at `w + v` and puts the weights back as they were, bit for bit, also where it throws.
 *
 * @param moves `v`, in the order of the parameters; `undefined` for weights that stay
 */
export function atMovedWeights<T>(
  parameters: readonly TrainableWeight[],
  moves: readonly (Tensor | undefined)[],
  body: () => T,
): T {
  const kept = parameters.flatMap(({ variable }, i) => {
    const move = moves[i];
    return move ? [{ variable, value: variable.clone(), move }] : [];
  });
  try {
    for (const { variable, move } of kept) tidy(() => variable.assign(add(variable, move)));
    return body();
  } finally {
    for (const { variable, value } of kept) {
      variable.assign(value);
      value.dispose();
    }
  }
}
