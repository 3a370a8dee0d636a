// Builds tfjs-node without its own downloads, against the C library in the `tensorflow-cpu` wheel of PyPI, so that the
// `tensorflow` backend can be tried where only registries are at hand. Linux on x86-64, with pip, Python's zipfile, a C++ compiler.
//
//   node packages/backends/scripts/build-tfjs-node.mjs FOLDER [WHEEL]
//
// FOLDER becomes an npm project with @tensorflow/tfjs-node in it (3 GB, some minutes); what is there is not made again. WHEEL is
// fetched by pip where it is not given. Afterwards a program in FOLDER can `useBackend('tensorflow')`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const tfjs = '4.22.0';
const tensorflow = '2.21.0';
const nodeGyp = '11.5.0';

const [folder, wheelGiven] = process.argv.slice(2).map((each) => resolve(each));
if (!folder) throw new Error('build-tfjs-node: say into which folder');
mkdirSync(folder, { recursive: true });

const addon = join(folder, 'node_modules/@tensorflow/tfjs-node');
const wheel = join(folder, 'wheel');
if (!existsSync(join(wheel, 'tensorflow/libtensorflow_cc.so.2'))) unpack(wheelGiven ?? fetched(), wheel);
if (!existsSync(addon)) install();
link();
if (!existsSync(join(addon, 'lib/napi-v8/tfjs_binding.node'))) compile();
run(
  'node',
  ['-e', "console.log('it runs with TensorFlow', require('@tensorflow/tfjs-node').backend().binding.TF_Version)"],
  folder,
);

function fetched() {
  run(
    'pip',
    ['download', '--no-deps', '--only-binary=:all:', '--dest', folder, `tensorflow-cpu==${tensorflow}`],
    folder,
  );
  const file = readdirSync(folder).find((each) => each.startsWith('tensorflow_cpu-') && each.endsWith('.whl'));
  return join(folder, file);
}

/** The two libraries and the headers; the rest is for Python. */
function unpack(file, target) {
  const wanted = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name in wheel.namelist():
        if name.startswith('tensorflow/include/') or name.startswith('tensorflow/libtensorflow_'):
            wheel.extract(name, sys.argv[2])
`;
  run('python3', ['-c', wanted, file, target], folder);
}

function install() {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  run('npm', ['install', '--ignore-scripts', `@tensorflow/tfjs-node@${tfjs}`], folder);
}

/** Where the binding looks for them, under the names by which it does. */
function link() {
  const libraries = join(addon, 'deps/lib');
  rmSync(join(addon, 'deps'), { recursive: true, force: true });
  mkdirSync(libraries, { recursive: true });
  symlinkSync(join(wheel, 'tensorflow/include'), join(addon, 'deps/include'));
  const links = {
    'libtensorflow_cc.so.2': ['libtensorflow_cc.so.2', 'libtensorflow.so', 'libtensorflow.so.2'],
    'libtensorflow_framework.so.2': ['libtensorflow_framework.so', 'libtensorflow_framework.so.2'],
  };
  for (const [library, names] of Object.entries(links)) {
    for (const name of names) symlinkSync(join(wheel, 'tensorflow', library), join(libraries, name));
  }
}

function compile() {
  const options = ['--module_name=tfjs_binding', `--module_path=${join(addon, 'lib/napi-v8')}`];
  const napi = ['--napi_version=8', '--napi_build_version=8'];
  // Debian's node headers; else node-gyp fetches those of this Node.
  const headers = existsSync('/usr/include/node/node_api.h') ? ['--nodedir=/usr'] : [];
  run(
    'npm',
    ['exec', '--yes', '--package', `node-gyp@${nodeGyp}`, '--', 'node-gyp', 'rebuild', ...headers, ...options, ...napi],
    addon,
  );
}

function run(command, args, cwd) {
  console.log(`> ${[command, ...args].join(' ').split('\n')[0]}`);
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit' });
  if (error || status !== 0) throw new Error(`build-tfjs-node: ${command} failed${error ? `: ${error.message}` : ''}`);
}
