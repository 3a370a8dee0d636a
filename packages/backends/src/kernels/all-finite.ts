/** Whether none of some float32 numbers is NaN or infinite; at the speed of memory, since their sum in float64 tells. */
export function allFinite(values: ArrayLike<number>): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += values[i];
    b += values[i + 1];
    c += values[i + 2];
    d += values[i + 3];
  }
  for (let i = whole; i < values.length; i++) a += values[i];
  return Number.isFinite(a + b + c + d);
}
