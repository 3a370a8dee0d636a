import { randomUUID } from 'node:crypto';
import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { writing } from './part';

export interface LockOptions {
  signal?: AbortSignal;
  /** Called once, if another has the lock. */
  onWait?(): void;
  /** Milliseconds between looks at a lock that another has; default 200. */
  look?: number;
  /** Milliseconds without a sign of life after which a lock is taken from its owner; default 30,000. */
  stale?: number;
}

interface Owner {
  pid: number;
  host: string;
  id: string;
}

/**
 * Runs a body while no other process, nor another call in this one, runs one under the same path.
 *
 * The lock is a file that only one can create. Its owner touches it all the while; an owner on this machine that is no more,
 * or one elsewhere that was not heard of for `stale`, loses it. So two may run after all where a process was stopped for so
 * long: whoever writes files under a lock checks them before use.
 *
 * @param who for messages
 * @param path of the lock file, whose folder exists
 * @throws Error with the path where the file cannot be written
 */
export async function locked<T>(who: string, path: string, options: LockOptions, body: () => Promise<T>): Promise<T> {
  const { signal, onWait, look = 200, stale = 30_000 } = options;
  const owner: Owner = { pid: process.pid, host: hostname(), id: randomUUID() };
  const watched = watcher(path, stale);
  for (let waited = false; !(await writing(who, path, () => taken(path, owner))); waited = true) {
    if (!waited) onWait?.();
    const dead = await watched();
    if (dead === undefined) await pause(look, undefined, { signal });
    // One by one, so that none takes away what another has just taken.
    else await locked(who, `${path}.taking`, { signal, look, stale }, () => takeAway(path, dead));
  }
  const alive = setInterval(() => utimes(path, new Date(), new Date()).catch(() => undefined), stale / 6);
  try {
    return await body();
  } finally {
    clearInterval(alive);
    if ((await readOwner(path))?.id === owner.id) await rm(path, { force: true });
  }
}

async function taken(path: string, owner: Owner): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(JSON.stringify(owner)).finally(() => file.close());
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Looks at a lock again and again; gives its state once its owner is gone. */
function watcher(path: string, stale: number): () => Promise<string | undefined> {
  let [seen, since] = ['', performance.now()];
  return async () => {
    const state = await stateOf(path);
    if (state === undefined) return undefined;
    if (state !== seen) [seen, since] = [state, performance.now()];
    // By the clock of the watcher: that of the file may be another machine's.
    const silent = performance.now() - since > stale;
    const owner = await readOwner(path);
    return silent || (owner && owner.host === hostname() && !lives(owner.pid)) ? state : undefined;
  };
}

/** Whose a lock is and when it was last touched; `undefined` where there is none. */
async function stateOf(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && `${(await readOwner(path))?.id} ${found.mtimeMs}`;
}

async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    const { pid, host, id } = JSON.parse(await readFile(path, 'utf8'));
    return typeof pid === 'number' && typeof host === 'string' && typeof id === 'string'
      ? { pid, host, id }
      : undefined;
  } catch {
    return undefined;
  }
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Takes a dead owner's lock out of the way, if it is still as it was seen. */
async function takeAway(path: string, dead: string): Promise<void> {
  if ((await stateOf(path)) === dead) await rm(path, { force: true });
}
