import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** What every tool is run with: nobody is tracked, and nothing looks for updates. */
export const env = {
  ...process.env,
  DO_NOT_TRACK: '1',
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  npm_config_update_notifier: 'false',
  npm_config_loglevel: 'error',
};

/** Runs pnpm as package.json pins it, out of npm's cache: npm asks the registry only for a version it has never fetched. */
export function pnpm(args, { cwd = root, stdio = 'pipe' } = {}) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const npm = env.npm_execpath?.endsWith('npm-cli.js') ? [process.execPath, env.npm_execpath] : ['npm'];
  const call = [...npm, 'exec', '--yes', '--prefer-offline', '--package', packageManager, '--', 'pnpm', ...args];
  const shell = process.platform === 'win32' && npm[0] === 'npm'; // npm is a .cmd file there
  return spawnSync(call[0], call.slice(1), { cwd, env, shell, stdio, encoding: 'utf8', maxBuffer: 2 ** 28 });
}
