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
const node =
  (path, ...args) =>
  (extra) =>
    spawnSync(process.execPath, [join(root, path), ...args, ...extra], { cwd: root, stdio: 'inherit', env });
const inTurn =
  (...steps) =>
  () =>
    steps.reduce((last, step) => (last.status === 0 ? step([]) : last), { status: 0 });
const changeset = (command) => (extra) => pnpm(['exec', 'changeset', command, ...extra], { stdio: 'inherit' });

/** What runs after the install; whether it needs `dist`, and may show its own failures where the build failed. */
const tasks = {
  build: { build: 'must' },
  demo: { build: 'must', run: node('packages/agoge/bin/agoge.js', 'demo') },
  playground: { build: 'must', run: node('node_modules/vite/bin/vite.js', 'examples/playground') },
  'train-in-browser': { build: 'must', run: node('node_modules/vite/bin/vite.js', 'examples/train-in-browser') },
  test: { build: 'should', run: node('node_modules/vitest/vitest.mjs', 'run') },
  check: { build: 'should', run: node('scripts/check.mjs') },
  bench: { build: 'must', run: node('packages/agoge/bin/agoge.js', 'bench') },
  'bench:all': {
    build: 'must',
    run: inTurn(
      node('node_modules/vitest/vitest.mjs', 'bench', '--run'),
      node('packages/backends/bench/stock-against-repaired.mjs'),
      node('packages/agoge/bin/agoge.js', 'bench'),
    ),
  },
  'version-packages': { run: changeset('version') },
  release: { build: 'must', run: changeset('publish') },
};

const [name, ...extra] = process.argv.slice(2);
const major = Number(process.versions.node.split('.')[0]);
if (major < 20) fail(`Agoge needs Node 20 or newer; this is Node ${process.versions.node} (https://nodejs.org).`);
if (!Object.hasOwn(tasks, name)) fail(`Unknown task ${name}; there are ${Object.keys(tasks).join(', ')}.`);
const { build, run } = tasks[name];

if (!install()) fail("The install failed; the reason stands above. (Offline, it needs npm's and pnpm's caches warm.)");
const built = !build || quietly('Building', ['exec', 'turbo', 'run', 'build', '--output-logs=errors-only']);
if (!built && build === 'must') fail('The build failed; the reason stands above.');
const status = run ? run(extra).status : 0;
if (!built) fail('The build failed; the reason stands at the top.');
process.exitCode = status ?? 1;

function install() {
  const hash = manifestHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return true;
  const first = existsSync(stamp) ? '' : ' (about a minute the first time)';
  const flags = ['--frozen-lockfile', '--prefer-offline', '--config.confirm-modules-purge=false'];
  if (!quietly(`Installing${first}`, ['install', ...flags])) return false;
  writeFileSync(stamp, hash);
  return true;
}

/** Changes whenever an install could: with any manifest, the lock, or the machine under a shared folder. */
function manifestHash() {
  const folders = ['packages', 'examples'].flatMap((folder) =>
    existsSync(join(root, folder)) ? readdirSync(join(root, folder)).map((each) => join(folder, each)) : [],
  );
  const manifests = ['.', ...folders].map((folder) => join(folder, 'package.json'));
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${major}`);
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]) {
    if (existsSync(join(root, file))) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** Runs pnpm and says so in one line; prints its own words only if it fails. */
function quietly(what, args) {
  process.stderr.write(`${what} ... `);
  const start = Date.now();
  const { status, stdout, stderr, error } = pnpm(args);
  process.stderr.write(`${((Date.now() - start) / 1000).toFixed(1)} s\n`);
  if (status !== 0) process.stderr.write(`${stdout ?? ''}${stderr ?? ''}${error ? `${error.message}\n` : ''}`);
  return status === 0;
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
