import { serveQueue } from '../../scale-out/queue-worker';
import type { Context } from '../terminal';

export interface WorkerCommand {
  queue: string;
  store?: string;
  jobs: number;
  lock: number;
  silence: number;
  modules?: boolean;
}

/** `agoge worker`. */
export async function worker(options: WorkerCommand, { signal, stderr }: Context): Promise<void> {
  const onEvent = (line: string) => void stderr.write(`worker ${process.pid} ${line}\n`);
  await serveQueue({ ...options, modules: options.modules ?? false, signal, onEvent });
  signal.throwIfAborted();
}
