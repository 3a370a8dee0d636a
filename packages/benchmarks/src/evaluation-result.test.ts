import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readResult, writeResult } from './evaluation-result';
import { resultFixture } from './result.fixture';

/** The fixture's text with one place changed. */
function changed(path: string, value: unknown): string {
  const result = structuredClone(resultFixture()) as unknown as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const holder = keys.reduce((at, key) => at[key] as Record<string, unknown>, result);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return JSON.stringify(result);
}

it('reads what it wrote', () => {
  expect(readResult(writeResult(resultFixture()))).toEqual(resultFixture());
  const { command: _, ...run } = resultFixture().run;
  expect(readResult(writeResult(resultFixture({ run }))).run.command).toBeUndefined();
});

it('reads a file of agoge/evaluation@2, which does not say its setup, as one of the present form', () => {
  const { setup: _, ...older } = { ...resultFixture(), schema: 'agoge/evaluation@2' };
  const read = readResult(JSON.stringify(older));
  expect(read).toEqual(resultFixture({ setup: null }));
  expect(readResult(writeResult(read))).toEqual(read);
  expect(() => readResult(JSON.stringify({ ...older, setup: null }))).toThrow('setup is unknown');
});

it('writes equal results as equal text, whatever the order of their keys', () => {
  const reversed = Object.fromEntries(Object.entries(resultFixture()).reverse());
  expect(writeResult(reversed as never)).toBe(writeResult(resultFixture()));
});

describe('hostile files', () => {
  it.each<[path: string, value: unknown, message: string]>([
    ['schema', 'agoge/evaluation@9', 'schema must be one of "agoge/evaluation@3", got "agoge/evaluation@9"'],
    ['threat.eps', '8/255', 'threat.eps must be a finite number >= 0, got "8/255"'],
    ['threat.eps', -1, 'threat.eps must be a finite number >= 0, got -1'],
    ['setup', undefined, 'setup must be an object, got undefined'],
    ['setup.seed', -1, 'setup.seed must be an integer >= 0, got -1'],
    ['setup.examples', 3, 'setup.examples must be 4, as its records say, got 3'],
    ['setup.attacks.0.eps', 1, 'setup.attacks[0].eps is unknown'],
    ['run.parts', [{ from: 0 }], 'run.parts must be the parts of a run'],
    ['threat', undefined, 'threat must be an object, got undefined'],
    ['n', 5, 'n must be 4, as its records say, got 5'],
    ['robustAccuracy', 0.75, 'robustAccuracy must be 0.5, as its records say, got 0.75'],
    ['cleanAccuracy', 1, 'cleanAccuracy must be 0.75, as its records say, got 1'],
    ['interval', [0.1], 'interval must be an array of 2 x a finite number >= 0 and <= 1, got [0.1]'],
    ['attacks.0.broken', 'many', 'attacks[0].broken must be an integer >= 0, got "many"'],
    ['attacks.0.zeroGradients', undefined, 'attacks[0].zeroGradients must be an integer >= 0, got undefined'],
    ['attacks.0.unique', -1, 'attacks[0].unique must be an integer >= 0 or null, got -1'],
    ['quantised', { broken: 1 }, 'quantised must be { broken, survived }, both integers >= 0, got'],
    ['records', {}, 'records must be an array, got a value of type Object'],
    ['records.2.brokenBy', 7, 'records[2].brokenBy must be a string or null, got 7'],
    ['records.0', null, 'records[0] must be an object, got null'],
    ['model', { name: 3 }, 'model.name must be a string'],
    ['model', [], 'model must be an object, got []'],
    ['run.versions', { tfjs: 4 }, 'run.versions must be an object whose values are a string'],
    ['run.attackSeconds', [], 'the length of run.attackSeconds must be 1, as its records say, got 0'],
    ['extra', 1, 'extra is unknown'],
    ['run.constructor', 1, 'run.constructor is unknown'],
  ])('%s = %j', (path, value, message) => {
    expect(() => readResult(changed(path, value), 'result.json')).toThrow(`result.json: ${message}`);
  });

  it('names a text that is no JSON, or holds a key twice', () => {
    expect(() => readResult(writeResult(resultFixture()).slice(0, -20), 'cut.json')).toThrow('cut.json: is not JSON');
    expect(() => readResult('{"n":1,"n":2}', 'two.json')).toThrow('two.json: the key "n" stands twice in one object');
    expect(() => readResult('null', 'null.json')).toThrow('null.json: the file must be an object, got null');
  });

  it('refuses any other JSON as a format, and pollutes no prototype', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(() => readResult(text)).toThrow(expect.objectContaining({ name: 'FormatError' }));
      }),
    );
    expect(() => readResult('{"__proto__":{"polluted":1}}')).toThrow('__proto__ is unknown');
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});
