/** softmax, in float64. */
export function probabilities(z: readonly number[]): number[] {
  const largest = Math.max(...z);
  const powers = z.map((each) => Math.exp(each - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((each) => each / total);
}

/** `sum_k f_k`. */
export const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
