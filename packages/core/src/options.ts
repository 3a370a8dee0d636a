import { refusal, said, show } from './errors';

/** What one option may be: `kind` is wrong for a TypeError, `range` for a RangeError. */
export interface Rule {
  readonly expected: string;
  readonly required?: boolean;
  test(value: unknown): 'ok' | 'kind' | 'range';
}
export type Rules = Readonly<Record<string, Rule>>;

export interface NumberRange {
  min?: number;
  max?: number;
  /** Exclusive lower end. */
  above?: number;
  /** Exclusive upper end. */
  below?: number;
}

function bounded(noun: string, { min, max, above, below }: NumberRange, accepts: (value: number) => boolean): Rule {
  const limits = [
    min === undefined ? '' : `>= ${min}`,
    above === undefined ? '' : `> ${above}`,
    max === undefined ? '' : `<= ${max}`,
    below === undefined ? '' : `< ${below}`,
  ].filter(Boolean);
  return {
    expected: [noun, limits.join(' and ')].filter(Boolean).join(' '),
    test(value) {
      if (typeof value !== 'number') return 'kind';
      const inside =
        accepts(value) &&
        value >= (min ?? -Infinity) &&
        value <= (max ?? Infinity) &&
        value > (above ?? -Infinity) &&
        value < (below ?? Infinity);
      return inside ? 'ok' : 'range';
    },
  };
}

/** A finite number within a range. */
export const number = (range: NumberRange = {}): Rule => bounded('a finite number', range, Number.isFinite);

/** An integer within a range, exact in float64. */
export const integer = (range: NumberRange = {}): Rule => bounded('an integer', range, Number.isSafeInteger);

/** One of the values given. */
export function oneOf(...values: readonly (string | number | boolean)[]): Rule {
  return {
    expected: `one of ${values.map(show).join(', ')}`,
    test: (value) => {
      if (values.includes(value as string)) return 'ok';
      return values.some((each) => typeof each === typeof value) ? 'range' : 'kind';
    },
  };
}

const kind = (expected: string, accepts: (value: unknown) => boolean): Rule => ({
  expected,
  test: (value) => (accepts(value) ? 'ok' : 'kind'),
});

export const boolean: Rule = kind('true or false', (value) => typeof value === 'boolean');
export const string: Rule = kind('a string', (value) => typeof value === 'string');
export const fn: Rule = kind('a function', (value) => typeof value === 'function');
export const object: Rule = kind('an object', (value) => typeof value === 'object' && value !== null);
export const anything: Rule = kind('anything', () => true);

/** An array whose every element satisfies a rule. */
export const arrayOf = (rule: Rule, length?: number): Rule => ({
  expected: `an array of ${length === undefined ? '' : `${length} x `}${rule.expected}`,
  test(value) {
    if (!Array.isArray(value)) return 'kind';
    if (length !== undefined && value.length !== length) return 'range';
    return value.map((each) => rule.test(each)).find((result) => result !== 'ok') ?? 'ok';
  },
});

/** The same rule, or `null`. */
export const nullable = (rule: Rule): Rule => ({
  expected: `${rule.expected} or null`,
  test: (value) => (value === null ? 'ok' : rule.test(value)),
});

/** The same rule for an option that has no default. */
export const required = (rule: Rule): Rule => ({ ...rule, required: true });

/** The rules of {@link RunOptions}: every attack and loop takes these beside its own. */
export const runRules: Rules = {
  seed: integer({ min: 0 }),
  index: kind(
    'a Float64Array of absolute example numbers',
    (value) => value instanceof Float64Array && value.every((each) => Number.isSafeInteger(each) && each >= 0),
  ),
  signal: kind('an AbortSignal', (value) => typeof AbortSignal !== 'undefined' && value instanceof AbortSignal),
  onProgress: fn,
};

/**
 * Checks an options object once, at the door of a public function.
 *
 * `undefined` counts as absent. Throws a `TypeError` for a key that no rule names (with the nearest that one does: a
 * mistyped `epsilon` that falls back to a default would overstate robustness), for a value of the wrong kind and for a
 * missing required option; a `RangeError` for a value out of range. Every message names the option and its value.
 *
 * @param who the function that was called, for the message
 * @param options what the user gave
 * @param rules one rule per option
 */
export function checkOptions(who: string, options: object, rules: Rules): void {
  if (typeof options !== 'object' || options === null) {
    throw said(new TypeError(refusal(who, 'options', 'an object', options)));
  }
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(rules, key)) throw said(new TypeError(unknownKey(who, 'option', key, Object.keys(rules))));
  }
  for (const [key, rule] of Object.entries(rules)) {
    checkValue(who, key, (options as Record<string, unknown>)[key], rule);
  }
}

/** Checks one value against a rule; as {@link checkOptions}, for positional arguments. */
export function checkValue(who: string, what: string, value: unknown, rule: Rule): void {
  if (value === undefined && !rule.required) return;
  const result = rule.test(value);
  if (result === 'kind') throw said(new TypeError(refusal(who, what, rule.expected, value)));
  if (result === 'range') throw said(new RangeError(refusal(who, what, rule.expected, value)));
}

/** Looks a name up in a registry (a plain object), or throws a `TypeError` that lists what there is. */
export function lookUp<T>(who: string, what: string, name: string, registry: Readonly<Record<string, T>>): T {
  if (Object.hasOwn(registry, name)) return registry[name];
  throw said(new TypeError(unknownKey(who, what, name, Object.keys(registry))));
}

function unknownKey(who: string, what: string, key: string, known: readonly string[]): string {
  const farness = (each: string) => distance(key.toLowerCase(), each.toLowerCase());
  const [near] = known
    .filter((each) => farness(each) <= Math.max(2, key.length / 3))
    .sort((a, b) => farness(a) - farness(b));
  const hint = near ? `; did you mean ${show(near)}?` : '';
  return `${who}: unknown ${what} ${show(key)}${hint} (known: ${known.join(', ')})`;
}

/** Levenshtein distance, with a prefix counted as near (`eps` and `epsilon`). */
function distance(a: string, b: string): number {
  if (a.length > 2 && b.length > 2 && (a.startsWith(b) || b.startsWith(a))) return 1;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
