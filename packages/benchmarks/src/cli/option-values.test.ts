import { expect, it } from 'vitest';
import {
  parseDuration,
  parseFolders,
  parseFraction,
  parseNames,
  parseNumber,
  parseNumbers,
  parseOptions,
  parseWhole,
} from './option-values';

it.each([
  ['0.1', 0.1],
  ['8/255', 8 / 255],
  ['-.5', -0.5],
  ['1e-3', 0.001],
  ['0.5/2', 0.25],
  [' 3 ', 3],
])('%s is %d', (text, value) => {
  expect(parseNumber(text)).toBe(value);
});

it.each(['', 'abc', 'NaN', 'Infinity', '1/0', '8/', '0x10', '1,5', '1 2', '1e999'])('%j is no number', (text) => {
  expect(() => parseNumber(text)).toThrow('It must be a number such as 0.1 or 8/255.');
});

it('takes whole numbers of a range', () => {
  expect(parseWhole(1)('12')).toBe(12);
  for (const text of ['0', '1.5', '', 'x', '1e3', '9007199254740993']) {
    expect(() => parseWhole(1)(text)).toThrow('It must be a whole number of at least 1.');
  }
  expect(() => parseWhole(0, 9)('10')).toThrow('It must be a whole number from 0 to 9.');
});

it('takes a share as a fraction', () => {
  expect(parseFraction('2/5')).toBe(0.4);
  for (const text of ['40', '-0.1', 'half']) expect(() => parseFraction(text)).toThrow('It must be a number');
});

it('takes lists and JSON objects', () => {
  expect(parseNumbers('0,1/4')).toEqual([0, 0.25]);
  expect(parseNames('pgd, apgd')).toEqual(['pgd', 'apgd']);
  expect(() => parseNames('pgd,,apgd')).toThrow('names with commas between');
  expect(parseOptions('{"width": 8}')).toEqual({ width: 8 });
  for (const text of ['{width: 8}', '[1]', 'null', '3', '']) {
    expect(() => parseOptions(text)).toThrow('It must be a JSON object');
  }
});

it.each([
  ['90s', 90],
  ['15m', 900],
  ['1.5h', 5400],
])('%s is %d seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

it.each(['', '15', '0m', '-1m', 'm', '1d'])('refuses %j as a time', (text) => {
  expect(() => parseDuration(text)).toThrow('It must be a time above 0 such as 90s, 15m or 2h.');
});

it('reads folders, one for all or by data set', () => {
  expect(parseFolders('data/cifar10')).toEqual({ '': 'data/cifar10' });
  expect(parseFolders('a=x, b=y/z')).toEqual({ a: 'x', b: 'y/z' });
  for (const bad of ['', 'a=', 'a=x,a=y', 'x,y']) {
    expect(() => parseFolders(bad)).toThrow('It must be a folder, or folders such as');
  }
});
