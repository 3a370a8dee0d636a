/** Factors of a gradient: small, exact in float32, of either sign, and none of them 0. */
export function cotangents(size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => ((i % 2 ? -1 : 1) * (1 + (i % 5))) / 4);
}
