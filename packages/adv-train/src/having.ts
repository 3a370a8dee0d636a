import { object, type Rule } from '@agoge/core';

/** The rule of what is known by its methods: an object, or a function, that has them. */
export const having = (expected: string, ...methods: string[]): Rule => ({
  expected,
  test(value) {
    if (typeof value !== 'function' && object.test(value) !== 'ok') return 'kind';
    const has = (method: string) => typeof (value as Record<string, unknown>)[method] === 'function';
    return methods.every(has) ? 'ok' : 'kind';
  },
});
