import type { Diagnosis } from '@agoge/attacks';
import { integer, nullable, number, oneOf, parseJson, string } from '@agoge/core';
import { checkJson, type JsonShape } from './json-shape';

const count = integer({ min: 0 });

const shape: JsonShape = {
  checks: [
    {
      name: string,
      verdict: oneOf('ok', 'warning', 'not checked'),
      measures: string,
      measured: nullable(number()),
      threshold: number(),
      source: string,
      says: string,
      remedy: nullable(string),
    },
  ],
  examples: integer({ min: 1 }),
  passes: { forwards: count, backwards: count },
};

/**
 * Reads what `agoge diagnose --json` printed, which may come from anybody.
 *
 * @throws FormatError that names the place inside
 */
export function readDiagnosis(text: string, who: string): Diagnosis {
  const value = parseJson(who, text);
  checkJson(who, value, shape);
  return value as Diagnosis;
}
