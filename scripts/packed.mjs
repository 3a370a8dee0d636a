// Selective installs: each package, packed, is installed alone into an empty project, as its README says, and the README's
// example is type-checked, run in Node, and bundled by Vite and run where Node's globals are not; what it prints must be
// what the README says. `node scripts/packed.mjs [names]`; needs `dist`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { build } from 'vite';
import { packAll } from './pack.mjs';
import { env, pnpm } from './pnpm.mjs';
import { isOutput, readReadme } from './readme.mjs';
import { packages, report, root } from './workspace.mjs';

const wanted = process.argv.slice(2);
const chosen = packages.filter(
  ({ name, folder }) => wanted.length === 0 || wanted.includes(name) || wanted.includes(folder),
);
const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'agoge-packed-')));
const problems = [];
try {
  const tarballs = packAll(join(temporary, 'tarballs'));
  for (const each of chosen) {
    const found = await tryOut(each, tarballs).catch((error) => [error.message]);
    console.log(`${found.length === 0 ? 'ok  ' : 'FAIL'} ${each.name}`);
    problems.push(...found.map((problem) => `${each.name}: ${problem}`));
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
report(problems, `${chosen.length} packages run alone, in Node and bundled`);

async function tryOut(each, tarballs) {
  const readme = readReadme(each);
  if (readme.missing) return [readme.missing];
  const { example, output } = readme;
  const project = join(temporary, each.folder);
  install(each, readme, project, tarballs);
  if (example.language === 'sh') return runCommands(example.body, output, project);

  const source = join(project, `example.${example.language}`);
  writeFileSync(source, example.body);
  const compiled = join(project, 'example.mjs');
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
  writeFileSync(compiled, ts.transpileModule(example.body, { compilerOptions }).outputText);

  const found = example.language === 'ts' ? typeProblems(source) : [];
  found.push(...run('in Node', [compiled], output, project));
  if (example.nodeOnly) return found;
  const bundled = await bundle(project, compiled);
  found.push(...bundled.problems);
  const withoutNode = join(root, 'scripts/without-node.mjs');
  if (bundled.file) found.push(...run('bundled by Vite', [withoutNode, bundled.file], output, project));
  return found;
}

/** Into an empty project: this package, what its README's install line names, and nothing else. */
function install({ name, manifest }, readme, project, tarballs) {
  const peers = Object.keys(manifest.peerDependencies ?? {}).filter(
    (peer) => !manifest.peerDependenciesMeta?.[peer]?.optional,
  );
  const named = readme.install ?? Object.fromEntries([name, ...peers].map((each) => [each, '']));
  for (const needed of [name, ...peers]) {
    if (!(needed in named)) throw new Error(`README.md: the install line lacks ${needed}`);
  }
  const version = (each) => named[each] || manifest.peerDependencies?.[each] || devDependencies[each] || 'latest';
  const ours = Object.fromEntries([...tarballs].map(([each, file]) => [each, `file:${file}`]));
  mkdirSync(project);
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({
      private: true,
      type: 'module',
      dependencies: Object.fromEntries(Object.keys(named).map((each) => [each, ours[each] ?? version(each)])),
      pnpm: { overrides: ours },
    }),
  );
  const { status, stdout, stderr } = pnpm(['install', '--prefer-offline', '--ignore-workspace'], { cwd: project });
  if (status !== 0) throw new Error(`pnpm install failed:\n${stdout}${stderr}`);
}

function typeProblems(file) {
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map((each) => `the example's types: ${ts.flattenDiagnosticMessageText(each.messageText, '\n')}`);
}

function run(where, args, output, cwd) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 180_000,
  });
  if (status !== 0) return [`the example fails ${where}:\n${stdout}${stderr}`];
  if (output === undefined || isOutput(stdout, output)) return [];
  return [`the example ${where} prints\n${stdout.trim()}\nwhere README.md says\n${output}`];
}

/** The lines that start with `npx`. */
function runCommands(body, output, project) {
  const lines = body.split('\n').filter((line) => line.startsWith('npx '));
  let printed = '';
  for (const line of lines) {
    const [command, ...args] = line.slice(4).split(/\s+/);
    const { status, stdout, stderr } = spawnSync(join(project, 'node_modules/.bin', command), args, {
      cwd: project,
      env,
      encoding: 'utf8',
      shell: process.platform === 'win32',
      timeout: 300_000,
    });
    if (status !== 0) return [`\`${line}\` fails:\n${stdout}${stderr}`];
    printed += stdout;
  }
  if (output === undefined || isOutput(printed, output)) return [];
  return [`the commands print\n${printed.trim()}\nwhere README.md says\n${output}`];
}

/** One file for browsers; what our packages import of Node there is a fault (tfjs's own is replaced by its `browser` field). */
async function bundle(project, entry) {
  const found = [];
  const isBuiltin = (id) => id.startsWith('node:') || builtinModules.includes(id);
  const watch = {
    name: 'agoge-node-built-ins',
    enforce: 'pre',
    resolveId(id, importer) {
      if (isBuiltin(id) && importer && (importer === entry || /node_modules\/@agoge\//.test(importer))) {
        found.push(`bundled by Vite, ${importer.replace(/^.*\/node_modules\//, '')} imports Node's ${id}`);
      }
      return null;
    },
  };
  const result = await build({
    root: project,
    base: './',
    configFile: false,
    logLevel: 'silent',
    plugins: [watch],
    build: { target: 'es2022', modulePreload: false, minify: false, rollupOptions: { input: entry } },
  });
  const chunks = result.output.filter((each) => each.type === 'chunk');
  for (const { fileName, imports, dynamicImports } of chunks) {
    const left = [...imports, ...dynamicImports].filter(isBuiltin);
    if (left.length > 0) found.push(`bundled by Vite, ${fileName} still imports ${left.join(', ')}`);
  }
  const main = chunks.find((each) => each.isEntry);
  return { problems: found, file: main && join(project, 'dist', main.fileName) };
}
