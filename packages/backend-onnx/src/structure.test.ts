import { describe, expect, it } from 'vitest';
import { Structures } from './structure';

describe('structures', () => {
  it('have one name for the same numbers and another for any others', () => {
    const structures = new Structures();
    const all = [[], [0], [0, 0], [1, 2, 3], [3, 2, 1], [1, 2, 3, 0], [-1, 2 ** 31 - 1]];
    const names = all.map((words) => structures.nameOf(words));
    expect(new Set(names).size).toBe(all.length);
    expect(all.map((words) => structures.nameOf([...words]))).toEqual(names);
  });

  it('are told apart where their hashes are the same', () => {
    const structures = new Structures();
    // Of 100,000 numbers of 32 bits one pair or more is expected to be the same.
    const names = Array.from({ length: 100_000 }, (_, i) => structures.nameOf([i, Math.imul(i, 0x9e3779b1)]));
    expect(new Set(names).size).toBe(names.length);
  });

  it('forget when there are too many, and never give a name again', () => {
    const structures = new Structures();
    const name = structures.nameOf([7]);
    for (let i = 0; i < 5000; i++) structures.nameOf([8, i]);
    structures.trim();
    expect(structures.nameOf([7])).not.toBe(name);
    expect([structures.numberOf('Add'), structures.numberOf('Sub'), structures.numberOf('Add')]).toEqual([0, 1, 0]);
  });
});
