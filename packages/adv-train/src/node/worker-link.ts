import { Worker } from 'node:worker_threads';
import { said } from '@agoge/core';
import type {
  FromWorker,
  Ready,
  Replies,
  RequestKind,
  Requests,
  SentError,
  ToWorker,
  WorkerStart,
} from './worker-messages';

/** The end of the line to a worker. */
export interface WorkerLink {
  /** Its model stands. */
  readonly ready: Promise<Ready>;
  /**
   * Asks for one thing more; answers come in the order of the questions.
   *
   * @param what is asked for, for errors
   * @throws an error that names the worker, and the part that it was at; also where the worker has ended
   */
  ask<K extends RequestKind>(kind: K, request: Requests[K], what: string): Promise<Replies[K]>;
  /** Has it leave off crafting. */
  abort(): void;
  end(): Promise<void>;
}

interface Question {
  what: string;
  answer(value: never): void;
  fail(error: Error): void;
}

/**
 * Starts a worker. It keeps the program alive only while it is asked something.
 *
 * @param entry the worker's program
 */
export function startWorker(who: string, entry: URL, start: WorkerStart): WorkerLink {
  const name = `${who}: worker ${start.number + 1} of ${start.count}`;
  const worker = new Worker(entry, { workerData: start });
  const questions: Question[] = [];
  let ended: string | undefined;
  let isClosing = false;

  const question = <T>(what: string): Promise<T> => {
    worker.ref();
    return new Promise<T>((answer, fail) => void questions.push({ what, answer, fail }));
  };
  const next = (): Question | undefined => {
    const first = questions.shift();
    if (questions.length === 0 && !isClosing) worker.unref();
    return first;
  };
  const end = (how: string) => {
    ended ??= how;
    for (let each = next(); each; each = next()) each.fail(new Error(`${name} ${ended} while ${each.what}`));
  };
  worker.on('message', (message: FromWorker) => {
    const asked = next();
    if ('error' in message) asked?.fail(errorOf(name, message.error));
    else asked?.answer(('ready' in message ? message.ready : message.reply) as never);
  });
  worker.on('messageerror', ({ message }) => {
    end(`sent what cannot be read (${message})`);
    void worker.terminate();
  });
  worker.on('error', (error) => end(`failed (${error instanceof Error ? error.message : String(error)})`));
  worker.on('exit', (code) => end(`ended by itself (exit code ${code})`));

  return {
    ready: question('building the model'),
    async ask(kind, request, what) {
      if (ended) throw new Error(`${name} ${ended}: start others`);
      const answered = question<Replies[typeof kind]>(what);
      worker.postMessage({ kind, request } as ToWorker);
      return answered;
    },
    abort: () => worker.postMessage({ kind: 'abort' } satisfies ToWorker),
    async end() {
      ended ??= 'was closed';
      // An answer that is still to come must not let the program end while this waits.
      isClosing = true;
      await worker.terminate();
    },
  };
}

/** A worker's error as one of this thread. */
function errorOf(name: string, { name: kind, message, stack, said: isSaid, part }: SentError): Error {
  const at = part === undefined ? '' : `, part ${part + 1}`;
  const error = new Error(`${name}${at}: ${isSaid || kind === 'Error' ? '' : `${kind}: `}${message}`, {
    cause: stack,
  });
  return isSaid ? said(error) : error;
}
