/** Reproducible values in [-1, 1), rounded to 1/`levels`: few levels make ties. */
export function values(size: number, seed: number, levels = 4096): Float32Array {
  let state = (seed * 2654435761) >>> 0;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 31 - 1) * levels) / levels;
  });
}
