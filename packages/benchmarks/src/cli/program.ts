import { Command } from 'commander';
import { version } from '../../package.json';
import { attackCommand } from './commands/attack.command';
import { benchCommand } from './commands/bench.command';
import { dataCommand } from './commands/data.command';
import { demoCommand } from './commands/demo.command';
import { diagnoseCommand } from './commands/diagnose.command';
import { doctorCommand } from './commands/doctor.command';
import { evaluateCommand } from './commands/evaluate.command';
import { jobCommand } from './commands/job.command';
import { leaderboardCommand } from './commands/leaderboard.command';
import { mergeCommand } from './commands/merge.command';
import { reportCommand } from './commands/report.command';
import { reproduceCommand } from './commands/reproduce.command';
import { trainCommand } from './commands/train.command';
import { workerCommand } from './commands/worker.command';
import type { Declare } from './declaration';
import { parseNames, parseWhole } from './option-values';
import type { Context, Terminal } from './terminal';

/** In the order of the help. */
const commands: readonly Declare[] = [
  demoCommand,
  trainCommand,
  evaluateCommand,
  attackCommand,
  diagnoseCommand,
  mergeCommand,
  reportCommand,
  leaderboardCommand,
  dataCommand,
  reproduceCommand,
  doctorCommand,
  benchCommand,
  workerCommand,
];

/** The command line: the options that all commands take, and the commands. What a command does is loaded when it is called. */
export function program(
  argv: readonly string[],
  terminal: Terminal & Pick<Context, 'signal' | 'verbose' | 'setExitCode'>,
): Command {
  const root = new Command('agoge');
  const context = (): Context => ({
    ...terminal,
    ...backendOf(root.opts()),
    command: ['agoge', ...argv].map(quoted).join(' '),
  });
  root
    .description('Adversarial robustness for TensorFlow.js: train, attack and measure image classifiers.')
    .version(version)
    .option('--backend <name>', 'auto (the fastest that starts), onnx, tensorflow, webgpu, webgl, wasm or cpu', 'auto')
    .option(
      '--threads <n>',
      'threads of the onnx backend (default: as many as there are physical cores)',
      parseWhole(1),
    )
    .option('--provider <names>', 'execution providers of the onnx backend, such as cuda (default: cpu)', parseNames)
    .option('--verbose', 'print stack traces of errors')
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'agoge: ').replace(/\n(?=.)/g, ' ')),
    })
    .exitOverride()
    .addHelpText('after', '\nStart with:\n  agoge demo');

  for (const declare of commands) {
    root.addCommand(declare(context).copyInheritedSettings(root).configureHelp({ showGlobalOptions: true }));
  }
  root.addCommand(jobCommand(context).copyInheritedSettings(root), { hidden: true });
  return root;
}

/** What is said of the onnx backend asks for it, too. */
function backendOf({ backend, threads, provider }: { backend: string; threads?: number; provider?: string[] }) {
  const given = threads !== undefined || provider !== undefined;
  const onnx = given ? { ...(threads && { threads }), ...(provider && { providers: provider }) } : undefined;
  return { backend: onnx && backend === 'auto' ? 'onnx' : backend, onnx };
}

/** A word as a shell takes it. */
const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`);
