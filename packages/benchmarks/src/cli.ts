import { isUserError, said } from '@agoge/core';
import { CommanderError } from 'commander';
import { program } from './cli/program';
import type { Terminal } from './cli/terminal';

export type { Terminal } from './cli/terminal';

/** The reason of an abort by Ctrl-C. */
class Interrupted extends Error {
  override name = 'Interrupted';
}

/**
 * The `agoge` command.
 *
 * Results go to stdout; progress, warnings and errors to stderr. Files appear whole or not at all. Ctrl-C ends at the next step.
 *
 * @param argv what was typed after `agoge`
 * @param terminal where to write; the process's own by default
 * @returns the exit code: 0; 2 for what the user can put right (one line, no stack unless `--verbose`); 1 for a fault of ours,
 *   `internal: ...`; 130 after Ctrl-C
 * @example
 * process.exitCode = await main(['evaluate', '--model', 'runs/at', '--data', 'digits', '--eps', '0.1']);
 */
export async function main(argv: readonly string[], terminal: Terminal = process): Promise<number> {
  const controller = new AbortController();
  const interrupt = () => controller.abort(said(new Interrupted('interrupted')));
  process.once('SIGINT', interrupt);
  const verbose = argv.includes('--verbose');
  try {
    await program(argv, { ...streams(terminal), signal: controller.signal, verbose }).parseAsync([...argv], {
      from: 'user',
    });
    return 0;
  } catch (error) {
    return report(error, terminal, verbose);
  } finally {
    process.off('SIGINT', interrupt);
  }
}

const streams = ({ stdout, stderr }: Terminal): Terminal => ({ stdout, stderr });

function report(error: unknown, { stderr }: Terminal, verbose: boolean): number {
  // Commander has written its message already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const line = message.split('\n')[0];
  const ours = !isUserError(error);
  stderr.write(`${ours && !line.startsWith('internal:') ? `internal: ${line}` : line}\n`);
  if (verbose) stderr.write(`${stack}\n`);
  else if (ours) stderr.write('This is a fault of agoge. Run it again with --verbose for the place.\n');
  if (error instanceof Interrupted) return 130;
  return ours ? 1 : 2;
}
