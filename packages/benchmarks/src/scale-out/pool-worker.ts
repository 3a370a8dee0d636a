import { type ChildProcess, fork } from 'node:child_process';
import type { Progress } from '@agoge/core';
import type { Job } from './job';

/** To a worker's process. */
export interface ToPoolWorker {
  job: Job;
  folder: string;
}
/** From it: first that it listens. `said` of an error that speaks to the user. */
export type FromPoolWorker =
  | { ready: true }
  | { progress: Progress }
  | { done: string }
  | { failed: { message: string; said: boolean } };

/** A process has ended before its job had. */
export class WorkerDied extends Error {
  override name = 'WorkerDied';
}
/** A job that would fail again. */
export class JobRefused extends Error {
  override name = 'JobRefused';
}

/** A process that runs one job after another. */
export interface PoolWorker {
  readonly pid: number | undefined;
  /**
   * @throws WorkerDied where the process ended, whoever ended it; JobRefused for an error that speaks to the user; Error for any
   * other; the signal's reason, once aborted, with the process killed
   */
  run(job: Job, reins: { signal?: AbortSignal; onProgress(progress: Progress): void }): Promise<void>;
  end(): Promise<void>;
}

/** How much of what a process writes to stderr is kept, to say why it ended. */
const kept = 4096;

/** Starts a process; what its program does with messages is {@link serveJobs}. */
export function startPoolWorker(
  [module, ...args]: readonly [module: string, ...args: string[]],
  folder: string,
): PoolWorker {
  const child = fork(module, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let written = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    written = (written + text).slice(-kept);
  });
  // An exit is told when stderr has been read to its end.
  const exit = new Promise<string>((resolve) => {
    child.on('error', ({ message }) => resolve(`could not be started: ${message}`));
    child.on('close', (code, signal) => resolve(signal ? `was killed by ${signal}` : endedWith(code, written)));
  });

  const ready = new Promise<void>((resolve) => child.once('message', () => resolve()));

  return {
    pid: child.pid,
    async run(job, { signal, onProgress }) {
      const kill = () => void child.kill('SIGKILL');
      signal?.addEventListener('abort', kill);
      try {
        signal?.throwIfAborted();
        await Promise.race([ready, exit.then(died)]);
        const answered = answerOf(child, onProgress);
        child.send({ job, folder } satisfies ToPoolWorker, () => undefined);
        await Promise.race([answered.done, exit.then(died)]).finally(answered.forget);
      } finally {
        signal?.removeEventListener('abort', kill);
      }
    },
    async end() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

const died = (how: string): never => {
  throw new WorkerDied(how);
};

function endedWith(code: number | null, written: string): string {
  const last = written.trim().split('\n').at(-1);
  return `ended with code ${code}${last ? ` (${last})` : ''}`;
}

/** What a process says of the job that it has. */
function answerOf(child: ChildProcess, onProgress: (progress: Progress) => void) {
  let listen = (_: FromPoolWorker) => {};
  const done = new Promise<void>((resolve, reject) => {
    listen = (message) => {
      if ('progress' in message) return onProgress(message.progress);
      if ('done' in message) return resolve();
      if ('ready' in message) return;
      const { message: text, said } = message.failed;
      reject(said ? new JobRefused(text) : new Error(text));
    };
  });
  child.on('message', listen);
  return { done, forget: () => void child.off('message', listen) };
}
