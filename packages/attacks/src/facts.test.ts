import { expect, it } from 'vitest';
import { makerOf, registeredName, rows } from '../test/contract-rows';
import { attackFacts } from './facts';
import { attacks } from './registry';

type Name = keyof typeof attacks;
const named = Object.entries(attackFacts) as [Name, (typeof attackFacts)[Name]][];

it('knows every attack, as it says of itself', () => {
  expect(Object.keys(attackFacts)).toEqual(Object.keys(attacks));
  for (const row of rows) {
    const { needs, norms } = attackFacts[registeredName(row.name)];
    expect(row.make({}).needs, row.name).toBe(needs);
    expect(norms, row.name).toContain(row.norm);
  }
});

it.each(named)('%s is tested in all the norms that it is said to have, and refuses the others', (name, { norms }) => {
  const tested = rows.filter((row) => registeredName(row.name) === name).map(({ norm }) => norm);
  // FMN in l0 has a test of its own.
  expect(new Set([...tested, ...(name === 'fmn' ? ['l0'] : [])])).toEqual(new Set(norms));
  const make = makerOf(name);
  for (const norm of ['linf', 'l2', 'l1', 'l0']) {
    const isRefused = !norms.includes(norm as 'linf') || name === 'onePixel';
    if (isRefused) expect(() => make({ norm, eps: 1 }), norm).toThrow();
    else expect(() => make({ norm, eps: 1 }), norm).not.toThrow();
  }
});
