import { describe, expect, it } from 'vitest';
import { BackendError, FormatError, isUserError, ModelError, ShapeError, said, show } from './errors';
import {
  arrayOf,
  boolean,
  checkOptions,
  fn,
  integer,
  lookUp,
  nullable,
  number,
  oneOf,
  required,
  runRules,
  string,
} from './options';

const rules = {
  eps: required(number({ min: 0 })),
  steps: integer({ min: 1, max: 1000 }),
  fraction: number({ above: 0, below: 1 }),
  norm: oneOf('linf', 'l2'),
  log: boolean,
  name: string,
  loss: fn,
  mean: arrayOf(number(), 3),
  target: nullable(integer()),
};
const check = (options: unknown) => () => checkOptions('pgd', options as object, rules);

describe('checkOptions', () => {
  it('lets good options through, and undefined as absent', () => {
    expect(check({ eps: 0, steps: 1000, norm: 'l2', mean: [1, 2, 3], target: null, log: undefined })).not.toThrow();
  });

  it.each([
    [{}, TypeError, 'pgd: eps must be a finite number >= 0, got undefined'],
    [{ eps: -0.3 }, RangeError, 'pgd: eps must be a finite number >= 0, got -0.3'],
    [{ eps: NaN }, RangeError, 'pgd: eps must be a finite number >= 0, got NaN'],
    [{ eps: Infinity }, RangeError, 'pgd: eps must be a finite number >= 0, got Infinity'],
    [{ eps: '8/255' }, TypeError, 'pgd: eps must be a finite number >= 0, got "8/255"'],
    [{ eps: 1, steps: 2.5 }, RangeError, 'pgd: steps must be an integer >= 1 and <= 1000, got 2.5'],
    [{ eps: 1, fraction: 1 }, RangeError, 'pgd: fraction must be a finite number > 0 and < 1, got 1'],
    [{ eps: 1, norm: 'Linf' }, RangeError, 'pgd: norm must be one of "linf", "l2", got "Linf"'],
    [{ eps: 1, norm: 2 }, TypeError, 'pgd: norm must be one of "linf", "l2", got 2'],
    [{ eps: 1, log: 1 }, TypeError, 'pgd: log must be true or false, got 1'],
    [{ eps: 1, mean: [1] }, RangeError, 'pgd: mean must be an array of 3 x a finite number, got [1]'],
    [{ eps: 1, mean: [1, 2, 'x'] }, TypeError, 'pgd: mean must be an array of 3 x a finite number, got [1, 2, "x"]'],
    [{ eps: 1, loss: {} }, TypeError, 'pgd: loss must be a function, got a value of type Object'],
    [null, TypeError, 'pgd: options must be an object, got null'],
  ])('refuses %j', (options, kind, message) => {
    expect(check(options)).toThrow(new kind(message));
    expect(check(options)).toThrow(kind);
  });

  it('refuses an unknown key and names the nearest', () => {
    expect(check({ epsilon: 1 })).toThrow('pgd: unknown option "epsilon"; did you mean "eps"? (known: eps, steps,');
    expect(check({ eps: 1, stpes: 1 })).toThrow('did you mean "steps"?');
    expect(check({ eps: 1, zzzzzz: 1 })).toThrow('pgd: unknown option "zzzzzz" (known:');
    expect(check(JSON.parse('{"eps":1,"__proto__":1}'))).toThrow('unknown option "__proto__"');
  });

  it('knows the options of every run', () => {
    const run = (options: object) => () => checkOptions('pgd', options, runRules);
    expect(run({ seed: 1, index: Float64Array.of(2 ** 40), signal: new AbortController().signal })).not.toThrow();
    expect(run({ seed: -1 })).toThrow('seed must be an integer >= 0, got -1');
    expect(run({ index: [0] })).toThrow('index must be a Float64Array of absolute example numbers, got [0]');
    expect(run({ index: Float64Array.of(0.5) })).toThrow('index must be');
  });
});

describe('lookUp', () => {
  it('finds own keys only', () => {
    expect(lookUp('train', 'objective', 'at', { at: 1 })).toBe(1);
    expect(() => lookUp('train', 'objective', 'trade', { trades: 1 })).toThrow(
      'unknown objective "trade"; did you mean "trades"?',
    );
    expect(() => lookUp('train', 'objective', 'toString', { trades: 1 })).toThrow('unknown objective "toString"');
  });
});

describe('errors', () => {
  it('speak to the user, and only those on purpose do', () => {
    const errors = [new ShapeError('f', 'x', '[n]', [1, 2]), new FormatError('f', 'cut'), new ModelError('f', 'NaN')];
    for (const error of [...errors, new BackendError('f', 'none'), said(new RangeError('x'))]) {
      expect(isUserError(error)).toBe(true);
    }
    expect(isUserError(new TypeError('x is not a function'))).toBe(false);
    expect(isUserError('text')).toBe(false);
    expect(errors[0].message).toBe('f: x must have shape [n], got [1, 2]');
    expect(errors[0]).toMatchObject({ name: 'ShapeError', expected: '[n]', actual: [1, 2] });
  });

  it('show values shortly', () => {
    expect(show('x'.repeat(200))).toHaveLength(82);
    expect(show(Array(100).fill(0))).toBe('an array of 100');
    expect(show(() => 1)).toBe('the function (anonymous)');
  });
});
