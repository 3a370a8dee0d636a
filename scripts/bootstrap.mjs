// `node scripts/bootstrap.mjs TASK [arguments]`, behind the root npm scripts. Needs Node 20 and npm, nothing else: fetches
// pnpm at the version that package.json pins, installs and builds what has changed, then runs the task. With a warm cache
// nothing here touches the network.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { env, pnpm } from './pnpm.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'node_modules', '.agoge-installed');
const bin = (path) => [process.execPath, join(root, path)];

/** What each task runs after the install, and whether it runs on `dist`. */
const tasks = {
  build: { build: true },
  demo: { build: true, command: [...bin('packages/agoge/bin/agoge.js'), 'demo'] },
  test: { build: true, command: [...bin('node_modules/vitest/vitest.mjs'), 'run'] },
  check: { build: true, command: bin('scripts/check.mjs') },
  'version-packages': { build: false, pnpm: ['exec', 'changeset', 'version'] },
  release: { build: true, pnpm: ['exec', 'changeset', 'publish'] },
  bench: { build: false, command: [...bin('node_modules/vitest/vitest.mjs'), 'bench', '--run'] },
};

const [name, ...extra] = process.argv.slice(2);
const major = Number(process.versions.node.split('.')[0]);
if (major < 20) fail(`Agoge needs Node 20 or newer; this is Node ${process.versions.node} (https://nodejs.org).`);
if (!Object.hasOwn(tasks, name)) fail(`Unknown task ${name}; there are ${Object.keys(tasks).join(', ')}.`);

install();
if (tasks[name].build) {
  quietly('Building', () => pnpm(['exec', 'turbo', 'run', 'build', '--output-logs=errors-only', '--no-daemon']));
}
if (tasks[name].command) {
  const [command, ...args] = tasks[name].command;
  const { status } = spawnSync(command, [...args, ...extra], { cwd: root, stdio: 'inherit', env });
  process.exitCode = status ?? 1;
}
if (tasks[name].pnpm) process.exitCode = pnpm([...tasks[name].pnpm, ...extra], { stdio: 'inherit' }).status ?? 1;

function install() {
  const hash = manifestHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  const first = existsSync(stamp) ? '' : ' (about a minute the first time)';
  quietly(`Installing${first}`, () =>
    pnpm(['install', '--frozen-lockfile', '--prefer-offline', '--config.confirm-modules-purge=false']),
  );
  writeFileSync(stamp, hash);
}

/** Changes whenever an install could: with any manifest, the lock, or the machine under a shared folder. */
function manifestHash() {
  const folders = ['packages', 'examples'].flatMap((folder) =>
    existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((each) => join(folder, each)) : [],
  );
  const files = [
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    ...['.', ...folders].map((folder) => join(folder, 'package.json')),
  ];
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${major}`);
  for (const file of files) {
    if (existsSync(join(root, file))) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** Says what goes on in one line; prints the tool's own words only when it fails. */
function quietly(what, run) {
  process.stderr.write(`${what} ... `);
  const start = Date.now();
  const { status, stdout, stderr, error } = run();
  process.stderr.write(`${((Date.now() - start) / 1000).toFixed(1)} s\n`);
  if (status === 0) return;
  process.stderr.write(`${stdout ?? ''}${stderr ?? ''}${error ? `${error.message}\n` : ''}`);
  fail(
    `${what.split(' ')[0]} failed; the reason stands above. (Offline, an install needs npm's and pnpm's caches warm.)`,
  );
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
