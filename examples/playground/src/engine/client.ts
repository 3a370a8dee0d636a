import type { CallName, Calls, FromWorker, ToWorker } from './protocol';

interface Waiting {
  resolve(output: unknown): void;
  reject(error: Error): void;
  onEvent(event: unknown): void;
}

interface CallOptions<Name extends CallName> {
  signal?: AbortSignal;
  onEvent?(event: Calls[Name]['event']): void;
}

/** The worker as the page sees it. */
export interface Engine {
  /** Rejects with the signal's reason once the worker has stopped, or with the error that it met. */
  call<Name extends CallName>(
    name: Name,
    input: Calls[Name]['input'],
    options?: CallOptions<Name>,
  ): Promise<Calls[Name]['output']>;
  /** Ends the worker with all that it holds. */
  end(): void;
}

/**
 * Starts a worker and speaks {@link Calls} with it.
 *
 * @param onTensors told how many tensors there are after each call
 */
export function startEngine(onTensors: (tensors: number) => void): Engine {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const waiting = new Map<number, Waiting>();
  const send = (message: ToWorker) => worker.postMessage(message);
  let calls = 0;

  const failAll = (error: Error) => {
    for (const each of waiting.values()) each.reject(error);
    waiting.clear();
  };
  worker.onerror = ({ message }) => failAll(new Error(`The worker failed: ${message || 'it could not be loaded'}`));
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    const each = waiting.get(data.call);
    if (!each) return;
    if ('event' in data) return each.onEvent(data.event);
    waiting.delete(data.call);
    onTensors(data.tensors);
    if ('output' in data) each.resolve(data.output);
    else each.reject(data.aborted ? new DOMException('Stopped', 'AbortError') : new Error(data.error));
  };

  return {
    call(name, input, { signal, onEvent = () => {} } = {}) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const call = calls++;
        signal?.addEventListener('abort', () => send({ abort: call }), { once: true });
        waiting.set(call, {
          resolve: (output) => resolve(output as Calls[typeof name]['output']),
          reject,
          onEvent: (event) => onEvent(event as Calls[typeof name]['event']),
        });
        send({ call, name, input } as ToWorker);
      });
    },
    end() {
      worker.terminate();
      failAll(new DOMException('The backend was changed', 'AbortError'));
    },
  };
}

/** Whether a call was stopped on purpose. */
export const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError';
