import { describe, expect, it } from 'vitest';
import { cutAs, inner, lengthsIn, stridesOf, whole } from './order';

const blocks = [0, 3, 1, 2, inner(3)];
const shape = [2, 5, 7, 32];

describe('an order with an axis in blocks', () => {
  it('has the lengths of blocks, and of what is inside them', () => {
    expect(lengthsIn(blocks, shape, 8)).toEqual([2, 4, 5, 7, 8]);
    expect(lengthsIn([0, 3, 1, 2], shape, 8)).toEqual([2, 32, 5, 7]);
    expect(lengthsIn(blocks, [2, 5, 7, 1], 8)).toEqual([2, 1, 5, 7, 1]);
  });

  it('has row-major strides, a block apart from one block to the next', () => {
    expect(stridesOf(blocks, shape, 8)).toEqual([5 * 7 * 32, 8, 7 * 32, 32, 1]);
    expect(stridesOf([3, 2, 1, 0], shape, 8)).toEqual([1, 32, 7 * 32, 5 * 7 * 32]);
  });

  it('is cut where another is, and whole without its blocks', () => {
    expect(cutAs([0, 1, 2, 3], blocks)).toEqual([0, 1, 2, 3, inner(3)]);
    expect(cutAs(blocks, [0, 1, 2, 3])).toEqual(blocks);
    expect(whole(blocks)).toEqual([0, 3, 1, 2]);
  });
});
