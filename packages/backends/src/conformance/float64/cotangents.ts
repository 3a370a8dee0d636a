/** Factors of a gradient: exact in float32, of either sign, none of them 0 and none above 1, which would lift a subnormal slope. */
export function cotangents(size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => ((i % 2 ? -1 : 1) * (1 + (i % 5))) / 8);
}
