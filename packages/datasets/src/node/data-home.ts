import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { checkValue, string } from '@agoge/core';

/**
 * The folder under which data sets lie, each in one of its own: `home`, else the environment's `AGOGE_DATA`, else the
 * platform's cache folder: `~/.cache/agoge` (`XDG_CACHE_HOME` in place of `~/.cache`), on macOS `~/Library/Caches/agoge`, on
 * Windows `%LOCALAPPDATA%\agoge`. It need not exist.
 *
 * @param home path; relative to the working directory of the moment of this call
 * @param system of which it is asked; this one unless given
 */
export function dataHome(
  home?: string,
  { env = process.env, platform = process.platform, user = homedir() }: System = {},
): string {
  checkValue('dataHome', 'home', home, string);
  const said = home || env.AGOGE_DATA;
  return said ? resolve(said) : cacheFolder({ env, platform, user });
}

/** What of a system the folder depends on. */
export interface System {
  env?: Readonly<Record<string, string | undefined>>;
  platform?: NodeJS.Platform;
  /** The user's own folder. */
  user?: string;
}

function cacheFolder({ env, platform, user }: Required<System>): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(user, 'AppData', 'Local'), 'agoge');
  if (platform === 'darwin') return join(user, 'Library', 'Caches', 'agoge');
  // The XDG specification has a relative path ignored.
  const { XDG_CACHE_HOME: caches } = env;
  return join(caches?.startsWith('/') ? caches : join(user, '.cache'), 'agoge');
}
