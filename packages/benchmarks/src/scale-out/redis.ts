import { setTimeout as after } from 'node:timers/promises';
import { refusal, type Store, said } from '@agoge/core';
import type { Redis } from 'ioredis';
import { peerDependencies } from '../../package.json';

/** What the jobs of a queue are called in Redis. */
export const queueName = 'agoge';

/** A week, in seconds: how long Redis keeps files and results that nobody asks for. */
const kept = 7 * 24 * 3600;
/** Redis could hold more; but who has more to share has a folder for it. */
const largest = 64 * 2 ** 20;

/**
 * The packages behind a queue, which come only where they are asked for.
 *
 * @throws Error with the line that installs them
 */
export async function loadQueue(): Promise<{ bullmq: typeof import('bullmq'); Redis: typeof Redis }> {
  try {
    const [bullmq, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, Redis };
  } catch (cause) {
    const packages = (['bullmq', 'ioredis'] as const).map((name) => `${name}@${peerDependencies[name].split(' ')[0]}`);
    const line = `npm install --ignore-scripts ${packages.join(' ')}`;
    throw said(new Error(`agoge: --queue needs packages of its own: ${line}`, { cause }));
  }
}

/**
 * A connection that waits for Redis to come back whenever it is away, once it was there.
 *
 * @throws TypeError for an address that is none; Error where there is no Redis
 */
export async function connected(Client: typeof Redis, url: string): Promise<Redis> {
  if (!/^rediss?:\/\/./.test(url)) {
    throw said(
      new TypeError(refusal('agoge', '--queue', 'the address of a Redis, such as redis://localhost:6379', url)),
    );
  }
  const first = new Client(url, { lazyConnect: true, connectTimeout: 10_000, retryStrategy: () => null });
  // Told by connect.
  first.on('error', () => undefined);
  try {
    await first.connect();
    await first.ping();
  } catch (cause) {
    throw said(
      new Error(`agoge: --queue ${withoutPassword(url)} cannot be reached: ${(cause as Error).message}`, { cause }),
    );
  } finally {
    first.disconnect();
  }
  return patient(Client, url);
}

/** A connection that waits for Redis whenever it is away, from the start: of a process that a worker has started. */
function patient(Client: typeof Redis, url: string): Redis {
  const client = new Client(url, { maxRetriesPerRequest: null, retryStrategy: (times) => Math.min(100 * times, 2000) });
  // It tries again; what waits for it waits.
  client.on('error', () => undefined);
  return client;
}

/** An address as a message may show it. */
export const withoutPassword = (url: string): string => url.replace(/^(rediss?:\/\/)[^@/]*@/, '$1');

/** Waits for work, but no longer than so many milliseconds: Redis may be away. */
export async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const late = new AbortController();
  await Promise.race([work.catch(() => undefined), after(milliseconds, undefined, { signal: late.signal })]);
  late.abort();
}

/** A {@link Store} in Redis, of small values that are gone a week after they were last put. */
export function redisStore(client: Redis): Store {
  const start = `${queueName}:store:`;
  return {
    async get(name) {
      return (await client.getBuffer(`${start}${name}`)) ?? undefined;
    },
    async put(name, bytes) {
      if (bytes.length > largest) {
        const what = `${name} of ${bytes.length} bytes does not go through Redis: give --store a folder that all see`;
        throw said(new RangeError(`agoge: ${what}`));
      }
      await client.set(`${start}${name}`, Buffer.from(bytes), 'EX', kept);
    },
    async list(prefix) {
      const names: string[] = [];
      const pattern = `${start}${prefix}`.replace(/[\\*?[\]]/g, '\\$&');
      for await (const keys of client.scanStream({ match: `${pattern}*`, count: 1000 })) {
        for (const key of keys as string[]) names.push(key.slice(start.length));
      }
      return [...new Set(names)].sort();
    },
    async remove(name) {
      await client.del(`${start}${name}`);
    },
  };
}
