import { describe, expect, it } from 'vitest';
import { said } from '../errors';
import { runCommand } from './run-command';

async function run(body: (signal: AbortSignal) => Promise<number>, verbose = false) {
  const written: string[] = [];
  const code = await runCommand({ name: 'agoge', stderr: { write: (text) => written.push(text) }, verbose }, body);
  return { code, stderr: written.join('') };
}
const failing = (error: unknown) => async () => {
  throw error;
};

describe('runCommand', () => {
  it('ends with the code of its body', async () => {
    expect(await run(async () => 0)).toEqual({ code: 0, stderr: '' });
    expect(await run(async () => 1)).toEqual({ code: 1, stderr: '' });
  });

  it('tells an error that speaks to the user in one line, with 2', async () => {
    const error = said(new RangeError('pgd: eps must be >= 0, got -1\nand more'));
    expect(await run(failing(error))).toEqual({ code: 2, stderr: 'pgd: eps must be >= 0, got -1\n' });
    expect((await run(failing(error), true)).stderr).toMatch(/\n +at /);
  });

  it('calls any other a fault of its own, with 1', async () => {
    const advice = 'This is a fault of agoge. Run it again with --verbose for the place.\n';
    expect(await run(failing(new Error('x is undefined')))).toEqual({
      code: 1,
      stderr: `internal: x is undefined\n${advice}`,
    });
    expect((await run(failing('a text'))).stderr).toBe(`internal: a text\n${advice}`);
    expect((await run(failing(new Error('internal: no tape')))).stderr).toBe(`internal: no tape\n${advice}`);
  });

  it('aborts its body on Ctrl-C, with 130', async () => {
    const ended = run(async (signal) => {
      process.emit('SIGINT');
      signal.throwIfAborted();
      return 0;
    });
    expect(await ended).toEqual({ code: 130, stderr: 'interrupted\n' });
    expect(process.listenerCount('SIGINT')).toBe(0);
  });

  it('ends without a word, with 141, when nobody reads stdout any more', async () => {
    const ended = run(async (signal) => {
      process.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      signal.throwIfAborted();
      return 0;
    });
    expect(await ended).toEqual({ code: 141, stderr: '' });
  });

  it.each([
    ['its last words', async () => 0, ''],
    ['an error', failing(said(new RangeError('eps must be >= 0'))), 'eps must be >= 0\n'],
  ])('does so after %s, too', async (_, last, stderr) => {
    const ended = run(async () => {
      const error = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
      process.nextTick(() => process.nextTick(() => process.stdout.emit('error', error)));
      return last();
    });
    expect(await ended).toEqual({ code: 141, stderr });
  });
});
