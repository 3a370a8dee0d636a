import { setImmediate } from 'node:timers/promises';
import { isUserError, said } from '../errors';

/** The reason of an abort by Ctrl-C. */
class Interrupted extends Error {
  override name = 'Interrupted';
}

/** What a command's name is, where it writes its errors, and whether with their stacks. */
export interface CommandSetting {
  name: string;
  stderr: { write(text: string): unknown };
  verbose: boolean;
}

/**
 * Runs the body of a command line program: Ctrl-C aborts its signal, and what it throws becomes one line on stderr.
 *
 * @param body what the command does; returns the exit code
 * @returns the body's exit code; 2 for an error that speaks to the user (`isUserError`), without a stack unless `verbose`; 1 for
 *   any other, which is a fault of ours: `internal: ...`; 130 after Ctrl-C; 141, as of a killed process, when nobody reads stdout
 *   any more
 */
export async function runCommand(
  { name, stderr, verbose }: CommandSetting,
  body: (signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const controller = new AbortController();
  const interrupt = () => controller.abort(said(new Interrupted('interrupted')));
  let unread = false;
  const closed = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    unread = true;
    controller.abort(said(new Error('nobody reads stdout')));
  };
  process.once('SIGINT', interrupt);
  process.stdout.on('error', closed);
  try {
    const code = await body(controller.signal).catch((error) => (unread ? 141 : report(error)));
    // What was written last may fail only now.
    await setImmediate();
    return unread ? 141 : code;
  } finally {
    process.off('SIGINT', interrupt);
    process.stdout.off('error', closed);
  }

  function report(error: unknown): number {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const line = message.split('\n')[0];
    const ours = !isUserError(error);
    stderr.write(`${ours && !line.startsWith('internal:') ? `internal: ${line}` : line}\n`);
    if (verbose) stderr.write(`${stack}\n`);
    else if (ours) stderr.write(`This is a fault of ${name}. Run it again with --verbose for the place.\n`);
    if (error instanceof Interrupted) return 130;
    return ours ? 1 : 2;
  }
}
