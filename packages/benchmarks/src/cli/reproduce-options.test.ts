import { expect, it } from 'vitest';
import { parseDuration, parseFolders } from './reproduce-options';

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
