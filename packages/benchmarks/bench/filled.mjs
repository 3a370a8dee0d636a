/** Numbers in [0, 1) that fill a shape: the same for the same seed, and dull. */
export function filled(seed, shape) {
  const size = shape.reduce((a, b) => a * b);
  return Float32Array.from({ length: size }, (_, i) => ((i * 7919 + seed * 104729) % 1009) / 1009);
}
