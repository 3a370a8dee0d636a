import { type Batches, checkValue, integer, required } from '@agoge/core';
import { rowsFrom } from './rows';
import { select, type View } from './select';

/**
 * The first `n` examples of some data, with the numbers they have there.
 *
 * Of a `Dataset` no others are read. Of other `Batches` a shuffled epoch is theirs less the examples that are not taken (so
 * all of the data is read); without a seed, no more is read than is needed. `hash` is the SHA-256 of the data's hash and `n`.
 *
 * @param n from 1 to `data.examples`; else a `RangeError`
 *
 * @example
 * const few = take(digits({ split: 'test' }), 100);
 */
export function take<D extends Batches>(data: D, n: number): View<D> {
  checkValue('take', 'n', n, required(integer({ min: 1, max: data.examples })));
  return select(data, rowsFrom(0, n), `take ${n}`);
}

/**
 * Some data without their first `n` examples; numbers, reading and hash as of {@link take}.
 *
 * @param n from 0 to `data.examples - 1`; else a `RangeError`
 *
 * @example
 * const [validation, training] = [take(data, 1000), skip(data, 1000)];
 */
export function skip<D extends Batches>(data: D, n: number): View<D> {
  checkValue('skip', 'n', n, required(integer({ min: 0, max: data.examples - 1 })));
  return select(data, rowsFrom(n, data.examples), `skip ${n}`);
}
