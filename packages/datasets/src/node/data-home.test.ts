import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { dataHome } from './data-home';

it.each([
  ['what is given', 'here', { env: { AGOGE_DATA: '/data' } }, resolve('here')],
  ['AGOGE_DATA', undefined, { env: { AGOGE_DATA: '/data', XDG_CACHE_HOME: '/cache' } }, '/data'],
  ['XDG_CACHE_HOME', undefined, { env: { XDG_CACHE_HOME: '/cache' }, platform: 'linux' }, '/cache/agoge'],
  ['no relative one', undefined, { env: { XDG_CACHE_HOME: 'cache' }, platform: 'linux' }, '/home/me/.cache/agoge'],
  ['~/.cache', undefined, { env: {}, platform: 'freebsd' }, '/home/me/.cache/agoge'],
  ['macOS', undefined, { env: { XDG_CACHE_HOME: '/cache' }, platform: 'darwin' }, '/home/me/Library/Caches/agoge'],
  ['Windows', undefined, { env: { LOCALAPPDATA: '/local' }, platform: 'win32' }, '/local/agoge'],
  ['Windows without a word', undefined, { env: {}, platform: 'win32' }, '/home/me/AppData/Local/agoge'],
] as const)('is %s', (_, home, system, folder) => {
  expect(dataHome(home, { user: '/home/me', ...system })).toBe(folder);
});

it('asks this system unless told otherwise', () => {
  expect(dataHome()).toBe(dataHome(undefined, { env: process.env, platform: process.platform }));
  expect(() => dataHome(7 as never)).toThrow('dataHome: home must be a string, got 7');
});
