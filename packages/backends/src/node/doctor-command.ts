import { parseArgs } from 'node:util';
import { said } from '@agoge/core';
import { runCommand } from '@agoge/core/node';
import { version } from '../../package.json';
import type { BackendName } from '../use-backend';
import type { OnnxSettings } from '../use-backend-options';
import { doctor } from './doctor';

const help = `Usage: agoge-doctor [options]

Holds a TensorFlow.js backend against the float64 values of every kernel that Agoge uses, and measures how fast it is.

Options:
  --backend <name>  auto (the fastest that starts), onnx, tensorflow, webgpu, webgl, wasm or cpu (default: auto)
  --threads <n>     threads of the onnx backend (default: as many as there are physical cores)
  --provider <names>  execution providers of the onnx backend, with commas between (default: cpu)
  --dump <folder>   write each model that the onnx backend compiles to a folder, as .onnx
  --kernel <names>  check only these kernels, by their TensorFlow.js names, with commas between
  --no-repair       check the backend as TensorFlow.js ships it
  --no-speed        measure no speed
  --json            print the result as JSON on stdout, and nothing else there
  --verbose         print stack traces of errors
  --version         print the version
  --help            print this

Exits with 0 where every kernel conforms, 1 on a fault, 2 for what you can put right, 130 after Ctrl-C.
`;

/**
 * The `agoge-doctor` command: {@link doctor}'s findings on stdout, errors on stderr.
 *
 * @param argv what was typed after `agoge-doctor`
 * @param terminal where to write; the process's own by default
 * @returns the exit code: 0; 1 on a faulty or missing kernel; 2 for what the user can put right; 130 after Ctrl-C
 */
export async function doctorCommand(argv: readonly string[], { stdout, stderr }: Terminal = process): Promise<number> {
  return runCommand({ name: 'agoge-doctor', stderr, verbose: argv.includes('--verbose') }, async (signal) => {
    const { backend, kernel, ...values } = parsed(argv);
    const onnx = settingsOf(values);
    if (values.help || values.version) {
      stdout.write(values.help ? help : `${version}\n`);
      return 0;
    }
    const sound = await doctor(
      {
        backend: backend as BackendName,
        ...(onnx && { onnx }),
        ...(kernel !== undefined && { kernels: kernel.split(',') }),
        repair: !values['no-repair'],
        speed: !values['no-speed'],
        json: values.json,
        signal,
      },
      stdout,
    );
    return sound ? 0 : 1;
  });
}

/** What is said of the onnx backend, where anything is. */
function settingsOf({
  threads,
  provider,
  dump,
}: Partial<Record<'threads' | 'provider' | 'dump', string>>): OnnxSettings | undefined {
  if (threads === undefined && provider === undefined && dump === undefined) return undefined;
  return {
    ...(threads !== undefined && { threads: Number(threads) }),
    ...(provider !== undefined && { providers: provider.split(',') }),
    ...(dump !== undefined && { dump }),
  };
}

interface Terminal {
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown };
}

function parsed(argv: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: [...argv],
      options: {
        backend: { type: 'string', default: 'auto' },
        threads: { type: 'string' },
        provider: { type: 'string' },
        dump: { type: 'string' },
        kernel: { type: 'string' },
        'no-repair': flag,
        'no-speed': flag,
        json: flag,
        verbose: flag,
        version: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    // Node's own words: "Unknown option '--speed'. ..."
    throw said(new TypeError(`agoge-doctor: ${(error as Error).message.split('. ')[0]}`));
  }
}
