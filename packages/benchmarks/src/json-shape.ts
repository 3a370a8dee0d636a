import { FormatError, type Rule, refusal, show } from '@agoge/core';

/** The form of a JSON value: a rule for a leaf, `[form]` for an array, an object of forms; `optional` keys may lack. */
export type JsonShape = Rule | readonly [JsonShape] | { readonly [key: string]: JsonShape };

const isRule = (shape: JsonShape): shape is Rule => 'test' in shape && typeof shape.test === 'function';

/** A key that may be absent. */
export function optional(rule: Rule): Rule {
  return { ...rule, required: false };
}

/**
 * Checks a value that came out of a file against its form, whole: every key known, every leaf of its kind.
 *
 * @param who what is read, for messages: `result.json`
 * @throws FormatError with the path inside: `result.json: attacks[0].broken must be an integer >= 0, got "many"`
 */
export function checkJson(who: string, value: unknown, shape: JsonShape, path = ''): void {
  const name = path || 'the file';
  if (isRule(shape)) {
    if (value === undefined && shape.required === false) return;
    if (shape.test(value) !== 'ok') throw new FormatError(who, refusal('', name, shape.expected, value).slice(2));
  } else if (Array.isArray(shape)) {
    if (!Array.isArray(value)) throw new FormatError(who, `${name} must be an array, got ${show(value)}`);
    for (const [i, element] of value.entries()) checkJson(who, element, shape[0], `${path}[${i}]`);
  } else {
    checkObject(who, value, shape as { readonly [key: string]: JsonShape }, path);
  }
}

function checkObject(who: string, value: unknown, shape: { readonly [key: string]: JsonShape }, path: string): void {
  if (!isObject(value)) throw new FormatError(who, `${path || 'the file'} must be an object, got ${show(value)}`);
  const at = (key: string) => (path ? `${path}.${key}` : key);
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(shape, key)) throw new FormatError(who, `${at(key).slice(0, 120)} is unknown`);
  }
  for (const [key, inner] of Object.entries(shape)) {
    checkJson(who, Object.hasOwn(value, key) ? value[key] : undefined, inner, at(key));
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object of any JSON values: options of an attack, a description of a model. */
export const jsonObject: Rule = { expected: 'an object', test: (value) => (isObject(value) ? 'ok' : 'kind') };

/** An object whose every value satisfies a rule. */
export const recordOf = (rule: Rule): Rule => ({
  expected: `an object whose values are ${rule.expected}`,
  test: (value) => (isObject(value) && Object.values(value).every((each) => rule.test(each) === 'ok') ? 'ok' : 'kind'),
});

/** A form as a rule, for what may be absent. */
export const ruleOf = (expected: string, shape: JsonShape): Rule => ({
  expected,
  test(value) {
    try {
      checkJson('', value, shape);
      return 'ok';
    } catch {
      return 'kind';
    }
  },
});
