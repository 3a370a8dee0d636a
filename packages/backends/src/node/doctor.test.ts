import { describe, expect, it, vi } from 'vitest';
import { version } from '../../package.json';
import { doctorCommand } from './doctor-command';

async function run(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr]: string[][] = [[], []];
  const code = await doctorCommand(argv, {
    stdout: { write: (text) => stdout.push(text) },
    stderr: { write: (text) => stderr.push(text) },
  });
  return { code, stdout: stdout.join(''), stderr: stderr.join('') };
}

const wasm = ['--backend', 'wasm', '--no-speed'];

// In this order: what one test repairs stays repaired in the process.
describe('agoge-doctor', () => {
  it('names the faults of a stock backend, and exits with 1', async () => {
    const { code, stdout, stderr } = await run(...wasm, '--no-repair', '--kernel', 'Neg,MaxPoolGrad,AvgPoolGrad');
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(
      /^backend: wasm \(SIMD, 1 thread\): asked for; not repaired\nTensorFlow\.js 4\.22\.0, Node /,
    );
    expect(stdout).toMatch(/\nNeg +conforms +\d+ cases {2}worst 0\n/);
    expect(stdout).toMatch(/\nMaxPoolGrad +faulty +\d+ cases {2}worst .+\n {4}forward, .+: \[.+\] is .+, not .+\n/);
    expect(stdout).toMatch(/\n {4}and \d+ more cases\n/);
    expect(stdout).toMatch(/\n\n1 kernel conforms, 2 faulty, 0 missing \(\d+ cases, \d+\.\d s\)\n$/);
  });

  it('tells it as one JSON object with --json', async () => {
    const { code, stdout } = await run(...wasm, '--no-repair', '--json', '--kernel', 'Conv2DBackpropFilter');
    expect(code).toBe(1);
    const found = JSON.parse(stdout);
    expect(found).toMatchObject({ backend: 'wasm', repaired: false, tfjs: '4.22.0', node: process.versions.node });
    expect(found).toMatchObject({ conforming: 0, faulty: 0, missing: 1, speeds: null });
    const [{ kernel, verdict, error, cases, failures }] = found.kernels;
    expect([kernel, verdict, error]).toEqual(['Conv2DBackpropFilter', 'missing', 'Infinity']);
    expect([found.cases, failures.length]).toEqual([cases, cases]);
    expect(failures[0].message).toContain("'Conv2DBackpropFilter' not registered for backend 'wasm'");
  });

  it('repairs the backend first unless told, and exits with 0 where every kernel conforms', async () => {
    const { code, stdout } = await run(...wasm, '--kernel', 'MaxPoolGrad');
    expect(code).toBe(0);
    expect(stdout).toContain('asked for; repaired\n');
    expect(stdout).toMatch(/1 kernel conforms, 0 faulty, 0 missing \(\d+ cases, .* s\)\n$/);
  });

  it.each<[string, string[], string]>([
    ['an unknown option', ['--speed'], "agoge-doctor: Unknown option '--speed'"],
    ['an option without its value', ['--backend'], "agoge-doctor: Option '--backend <value>' argument missing"],
    ['an argument', ['wasm'], "agoge-doctor: Unexpected argument 'wasm'"],
    ['an unknown backend', ['--backend', 'wsam'], 'useBackend: name must be one of "auto"'],
    [
      'threads of another backend',
      [...wasm, '--threads', '2'],
      'useBackend: onnx holds settings of the onnx backend, got',
    ],
    ['threads that are no number', ['--threads', 'two'], 'useBackend: onnx: threads must be an integer >= 0, got NaN'],
    [
      'a dump where onnx is not installed',
      ['--dump', 'x'],
      'useBackend: onnx did not start: it needs @agoge/backend-onnx',
    ],
    ['an unknown kernel', ['--kernel', 'AvgPolGrad'], 'unknown kernel "AvgPolGrad"; did you mean "AvgPoolGrad"?'],
  ])('refuses %s in one line, with 2', async (_, argv, message) => {
    const { code, stdout, stderr } = await run(...argv);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^.+\n$/);
    expect(stderr).toContain(message);
  });

  it('prints help and version', async () => {
    expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    const { stdout } = await run('--help');
    for (const option of ['backend', 'threads', 'provider', 'dump', 'json', 'kernel', 'no-repair', 'no-speed'])
      expect(stdout).toContain(`--${option}`);
  });

  it('ends at the next kernel on Ctrl-C, with 130', async () => {
    const found = run(...wasm);
    await vi.waitFor(() => expect(process.listenerCount('SIGINT')).toBeGreaterThan(0));
    process.emit('SIGINT');
    expect(await found).toMatchObject({ code: 130, stderr: 'interrupted\n' });
    expect(process.listenerCount('SIGINT')).toBe(0);
  });
});
