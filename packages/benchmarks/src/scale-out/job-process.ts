import { type ChildProcess, fork } from 'node:child_process';
import type { Progress } from '@agoge/core';
import type { Job } from './job';

/** Where a process finds and leaves what belongs to its jobs. */
interface JobPlaces {
  /** Folder of results, of what is begun, and of files by their hashes. */
  folder: string;
  /** Folder for files that are not where their job was made. */
  cache: string;
  /** Whether modules that jobs name are loaded. */
  modules: boolean;
}

/** To a process of jobs. */
export interface ToJobProcess {
  job: Job;
  places: JobPlaces;
}
/** From it: first that it listens; of a job that failed, where it may yet succeed. */
export type FromJobProcess =
  | { ready: true }
  | { progress: Progress }
  | { done: string }
  | { failed: { message: string; hope: 'again' | 'elsewhere' | 'none' } };

/** A job that would fail here again; elsewhere it may yet succeed, or nowhere. */
export class JobRefused extends Error {
  override name = 'JobRefused';
  constructor(
    message: string,
    readonly hope: 'elsewhere' | 'none',
  ) {
    super(message);
  }
}

export interface JobProcessOptions {
  places: JobPlaces;
  /** A module for Node and its arguments, which does with messages what {@link serveJobs} does. Default: this command as `agoge job`. */
  program?: readonly [module: string, ...args: string[]];
  /** Seconds without a sign (a step's progress, a line on stderr) after which it is given up: more than a step takes. Default 1800. */
  silence?: number;
}

/** A process that runs one job after another; one that has ended is started anew with the next. */
export interface JobProcess {
  /** Of the process that runs, or ran last. */
  readonly pid: number | undefined;
  /**
   * @throws JobRefused for an error that speaks to the user; Error for any other, and where the process ended, whoever ended it, or
   * gave no sign for too long; the signal's reason, once aborted, with the process killed
   */
  run(job: Job, reins: { signal?: AbortSignal; onProgress(progress: Progress): void }): Promise<void>;
  end(): Promise<void>;
}

/** The longest that a timer of Node waits, in milliseconds. */
const longest = 2 ** 31 - 1;

/** A process for jobs, which starts with the first. */
export function jobProcess({
  places,
  program = [process.argv[1], 'job'],
  silence = 1800,
}: JobProcessOptions): JobProcess {
  let started: Started | undefined;
  return {
    get pid() {
      return started?.child.pid;
    },
    async run(job, { signal, onProgress }) {
      signal?.throwIfAborted();
      if (!started || started.isOver()) started = start(program);
      const { child, ready, ended } = started;
      const kill = () => void child.kill('SIGKILL');
      let isSilent = false;
      const watchdog = setTimeout(
        () => {
          isSilent = true;
          kill();
        },
        Math.min(1000 * silence, longest),
      );
      const onSign = () => void watchdog.refresh();
      const answer = answerOf(child, onProgress);
      const died = ended.then((how) => {
        signal?.throwIfAborted();
        throw new Error(isSilent ? `gave no sign for ${silence} s` : how);
      });
      child.on('message', onSign);
      child.stderr?.on('data', onSign);
      signal?.addEventListener('abort', kill);
      try {
        await Promise.race([ready, died]);
        child.send({ job, places } satisfies ToJobProcess, () => undefined);
        await Promise.race([answer.done, died]);
      } finally {
        clearTimeout(watchdog);
        signal?.removeEventListener('abort', kill);
        child.stderr?.off('data', onSign);
        child.off('message', onSign);
        answer.forget();
      }
    },
    async end() {
      started?.child.kill('SIGKILL');
      await started?.ended;
    },
  };
}

interface Started {
  child: ChildProcess;
  /** Once it listens. */
  ready: Promise<void>;
  isOver(): boolean;
  /** How it ended, once it has. */
  ended: Promise<string>;
}

/** How much of what a process writes to stderr is kept, to say why it ended. */
const kept = 4096;
/** How long what it wrote last is waited for, in milliseconds. */
const patience = 1000;

function start([module, ...args]: readonly [module: string, ...args: string[]]): Started {
  const child = fork(module, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let written = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    written = (written + text).slice(-kept);
  });
  let isOver = false;
  const ended = new Promise<string>((resolve) => {
    const tell = (code: number | null, signal: string | null) =>
      resolve(signal ? `was killed by ${signal}` : endedWith(code, written));
    child.on('error', ({ message }) => {
      isOver = true;
      resolve(`could not be started: ${message}`);
    });
    child.on('exit', (code, signal) => {
      isOver = true;
      // Told when stderr has been read to its end, which somebody else may hold open.
      const late = setTimeout(tell, patience, code, signal);
      child.on('close', () => {
        clearTimeout(late);
        tell(code, signal);
      });
    });
  });
  const ready = new Promise<void>((resolve) => child.once('message', () => resolve()));
  return { child, ready, isOver: () => isOver, ended };
}

function endedWith(code: number | null, written: string): string {
  const last = written.trim().split('\n').at(-1);
  return `ended with code ${code}${last ? ` (${last})` : ''}`;
}

/** What a process says of the job that it has. */
function answerOf(child: ChildProcess, onProgress: (progress: Progress) => void) {
  let listen = (_: FromJobProcess) => {};
  const done = new Promise<void>((resolve, reject) => {
    listen = (message) => {
      if ('progress' in message) return onProgress(message.progress);
      if ('done' in message) return resolve();
      if ('ready' in message) return;
      const { message: text, hope } = message.failed;
      reject(hope === 'again' ? new Error(text) : new JobRefused(text, hope));
    };
  });
  child.on('message', listen);
  return { done, forget: () => void child.off('message', listen) };
}
