import type { Rule } from '@agoge/core';

/**
 * The rule of an option `strides`, as RCM writes them (`1122`): a digit from 1 to `largest` for each place where the network may
 * make its map smaller.
 */
export const stridesRule = (places: number, largest = 9): Rule => ({
  expected: `a string of ${places} digits from 1 to ${largest}`,
  test(value) {
    if (typeof value !== 'string') return 'kind';
    const digits = stridesOf(value);
    return digits.length === places && digits.every((each) => each >= 1 && each <= largest) ? 'ok' : 'range';
  },
});

/** `'1122'` as `[1, 1, 2, 2]`. */
export const stridesOf = (digits: string): number[] => Array.from(digits, Number);
