import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { platform } from 'node:os';
import { setTimeout as after } from 'node:timers/promises';

/** A program of a test, and what it wrote to stderr. */
export interface Running {
  child: ChildProcess;
  stderr(): string;
  /** The exit code, once it has ended. */
  ended: Promise<number | null>;
}

/** Starts `node PROGRAM ...` or another command. */
export function start(command: string, args: readonly string[], cwd: string): Running {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let written = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written += text;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  return { child, stderr: () => written, ended };
}

/** The processes that a process has started. */
export function childrenOf(pid: number | undefined): number[] {
  if (platform() === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    } catch {
      // It has just ended.
      return [];
    }
  }
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid ? [child] : []));
}

/** Ends a process at once, if it is there. */
export function kill(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

/** Whether a process is there. */
export function isThere(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whether a command is installed. */
export function isInstalled(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A Redis on a free port of this machine, which keeps its data in a folder when it is killed. */
export async function startRedis(folder: string) {
  const port = await freePort();
  const settings = {
    bind: '127.0.0.1',
    port: String(port),
    dir: folder,
    appendonly: 'yes',
    appendfsync: 'always',
    save: '',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  let server = start('redis-server', args, folder);
  const isUp = () => {
    try {
      return execFileSync('redis-cli', ['-p', String(port), 'ping'], { encoding: 'utf8', stdio: 'pipe' }).startsWith(
        'PONG',
      );
    } catch {
      return false;
    }
  };
  const up = async () => {
    while (!isUp()) await after(50);
  };
  await up();
  return {
    url: `redis://127.0.0.1:${port}`,
    /** Kills it and has it come back after some milliseconds. */
    async restart(away: number) {
      kill(server.child.pid);
      await server.ended;
      await after(away);
      server = start('redis-server', args, folder);
      await up();
    },
    async stop() {
      kill(server.child.pid);
      await server.ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.on('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
