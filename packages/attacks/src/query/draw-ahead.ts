import { perExample, uniform } from '@agoge/core';

/** Queries whose numbers are drawn together. */
const together = 64;

/**
 * Uniform numbers for the queries of an attack, a few per query and example, drawn ahead: they depend on no answer.
 *
 * @param width numbers per query
 * @returns by number of the query and absolute numbers of the examples, the numbers of a row
 */
export function drawAhead(
  width: number,
  { seed, stream }: { seed: number; stream: string },
): (query: number, index: Float64Array) => (row: number) => Float32Array {
  let drawn: { of: number; index: Float64Array; numbers: Float32Array } | undefined;
  return (query, index) => {
    const of = Math.floor(query / together);
    if (drawn?.of !== of || drawn.index !== index) {
      drawn = { of, index, numbers: perExample(uniform, { seed, stream: `${stream}/${of}` }, index, together * width) };
    }
    const { numbers } = drawn;
    return (row) => {
      const at = (row * together + (query % together)) * width;
      return numbers.subarray(at, at + width);
    };
  };
}
