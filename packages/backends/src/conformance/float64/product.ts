/** `a [batch, m, k]` times `b [batch, k, n]`, each transposed in storage where asked. */
export function product(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  [batch, m, k, n]: readonly [number, number, number, number],
  transposeA: boolean,
  transposeB: boolean,
): Float64Array {
  const out = new Float64Array(batch * m * n);
  for (let i = 0; i < out.length; i++) {
    const [image, row, column] = [Math.floor(i / (m * n)), Math.floor(i / n) % m, i % n];
    for (let j = 0; j < k; j++) {
      const left = image * m * k + (transposeA ? j * m + row : row * k + j);
      const right = image * k * n + (transposeB ? column * k + j : j * n + column);
      out[i] += a[left] * b[right];
    }
  }
  return out;
}
