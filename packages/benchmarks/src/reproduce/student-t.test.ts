import { describe, expect, it } from 'vitest';
import { studentQuantile } from './student-t';

describe('studentQuantile', () => {
  it('is in closed form for 1 and 2 degrees of freedom', () => {
    for (const p of [0.501, 0.6, 0.8, 0.975, 0.9995]) {
      const one = Math.tan(Math.PI * (p - 0.5));
      const two = (2 * p - 1) / Math.sqrt(2 * p * (1 - p));
      expect(Math.abs(studentQuantile(p, 1) / one - 1)).toBeLessThan(1e-10);
      expect(Math.abs(studentQuantile(p, 2) / two - 1)).toBeLessThan(1e-10);
    }
  });

  it.each([
    [3, 3.182446305],
    [4, 2.776445105],
    [5, 2.570581836],
    [10, 2.228138852],
    [30, 2.042272456],
    [120, 1.979930405],
    [1e7, 1.959964222],
    [1e12, 1.959963985],
  ])('is that of the tables at 97.5 %% and %s degrees of freedom', (degrees, t) => {
    expect(studentQuantile(0.975, degrees)).toBeCloseTo(t, 6);
  });

  it('is odd, grows with p and falls as degrees grow, those between whole numbers included', () => {
    expect(studentQuantile(0.1, 3.5)).toBe(-studentQuantile(0.9, 3.5));
    expect(studentQuantile(0.5, 7)).toBe(0);
    const falling = [1, 1.5, 2, 2.5, 4, 50, 1e4, 3e5, 1e6].map((degrees) => studentQuantile(0.975, degrees));
    expect([...falling].sort((a, b) => b - a)).toEqual(falling);
  });

  it('refuses what is no share and no number of degrees', () => {
    expect(() => studentQuantile(1, 3)).toThrow('studentQuantile: p must be a finite number > 0 and < 1, got 1');
    expect(() => studentQuantile(0.9, 0)).toThrow('studentQuantile: degrees must be a finite number > 0, got 0');
  });
});
