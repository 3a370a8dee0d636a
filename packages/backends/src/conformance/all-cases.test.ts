import { expect, it } from 'vitest';
import { kernelCases } from './all-cases';

it('each case has a name of its own, and as many float64 values as its shape says', () => {
  const names = kernelCases.map(({ kernel, of, name }) => `${kernel}, ${of}, ${name}`);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  for (const [i, { shape, expected }] of kernelCases.entries()) {
    const size = shape.reduce((a, b) => a * b, 1);
    expect(expected().length, names[i]).toBe(size);
  }
});
