import { runCommand } from '@agoge/core/node';
import { CommanderError } from 'commander';
import { program } from './cli/program';
import type { Terminal } from './cli/terminal';

export type { Terminal } from './cli/terminal';

/**
 * The `agoge` command.
 *
 * Results go to stdout; progress, warnings and errors to stderr. Files appear whole or not at all. Ctrl-C ends at the next step.
 *
 * @param argv what was typed after `agoge`
 * @param terminal where to write; the process's own by default
 * @returns the exit code: 0; 2 for what the user can put right (one line, no stack unless `--verbose`); 1 for faults that
 *   `agoge doctor` found and for a fault of ours, `internal: ...`; 130 after Ctrl-C
 * @example
 * process.exitCode = await main(['evaluate', '--model', 'runs/at', '--data', 'digits', '--eps', '0.1']);
 */
export async function main(argv: readonly string[], terminal: Terminal = process): Promise<number> {
  const { stdout, stderr } = terminal;
  const verbose = argv.includes('--verbose');
  return runCommand({ name: 'agoge', stderr, verbose }, async (signal) => {
    let code = 0;
    const setExitCode = (each: number) => {
      code = each;
    };
    try {
      await program(argv, { stdout, stderr, signal, verbose, setExitCode }).parseAsync([...argv], { from: 'user' });
    } catch (error) {
      // Commander has written its message already.
      if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
      throw error;
    }
    return code;
  });
}
