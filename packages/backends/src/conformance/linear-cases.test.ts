import { describe, expect, it } from 'vitest';
import { sizeOf } from './float64/linear-map';
import { indexingCases } from './indexing-cases';
import { movementCases } from './movement-cases';
import { resizeCases } from './resize-cases';

const families = { movementCases, indexingCases, resizeCases };

describe.each(Object.entries(families))('%s', (_, cases) => {
  it('have names of their own within a kernel', () => {
    const names = cases.map(({ kernel, of, name }) => `${kernel} ${of} ${name}`);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it('have an answer for each element of the result', () => {
    for (const { kernel, name, shape, expected } of cases) {
      expect(expected().length, `${kernel} ${name}`).toBe(sizeOf(shape));
    }
  });
});
