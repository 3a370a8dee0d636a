// The layer check: imports run down the table below and nowhere else, dependency lists agree with imports, Node's built-ins
// stay behind `node` entries, files of a package import each other without cycles. Draws the diagram in ARCHITECTURE.md
// (`--write`) and fails if the one there is another.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { readImports } from './imports.mjs';
import { files, packages, packagesIn, report, root } from './workspace.mjs';

/** What each package may import of ours (DESIGN: the house). No package imports one that stands after it. */
const allowed = {
  core: [],
  backends: ['core'],
  'backend-onnx': [],
  datasets: ['core'],
  architectures: ['core'],
  activations: ['core'],
  attacks: ['core'],
  'adv-train': ['core', 'attacks'],
  benchmarks: ['core', 'backends', 'backend-onnx', 'datasets', 'architectures', 'activations', 'attacks', 'adv-train'],
  agoge: ['benchmarks'],
};

/** Packages that run in Node alone. */
const onlyNode = new Set(['agoge', 'backend-onnx']);

const problems = [];
const byName = new Map(packages.map((each) => [each.name, each]));
const isTest = (file) => /\.(test|bench|fixture)\.ts$/.test(file);
const isSource = (file) => /\.[mc]?[tj]sx?$/.test(file);
/** `@agoge/core/node` -> `@agoge/core`. */
const packageOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
const isBuiltin = (specifier) => specifier.startsWith('node:') || builtinModules.includes(specifier);

for (const each of packages) {
  const layer = allowed[each.folder];
  if (!layer) {
    problems.push(`packages/${each.folder}: not in the table of scripts/layers.mjs`);
    continue;
  }
  const mayImport = new Set(layer.map((folder) => packages.find((other) => other.folder === folder)?.name));
  checkManifest(each, mayImport);
  checkFiles(each, mayImport);
}
for (const example of packagesIn('examples')) checkExample(example);
checkPackageCycles();
checkDiagram();
report(problems, `${packages.length} packages import down the layers only`);

function checkManifest({ folder, manifest }, mayImport) {
  for (const list of ['dependencies', 'peerDependencies', 'optionalDependencies']) {
    for (const name of Object.keys(manifest[list] ?? {})) {
      if (byName.has(name) && !mayImport.has(name)) {
        problems.push(`packages/${folder}/package.json: ${list} name ${name}, which ${folder} may not import`);
      }
    }
  }
}

function checkFiles(each, mayImport) {
  const { folder, path, manifest } = each;
  const graph = new Map();
  const used = new Set();
  for (const file of files(folder === 'agoge' ? path : join(path, 'src'), isSource)) {
    const { imports, globals } = readImports(file);
    const test = isTest(file);
    const where = (line) => `${relative(root, file)}:${line}`;
    const nodeOnly = test || onlyNode.has(folder) || isNodeFile(each, file);
    graph.set(file, []);
    for (const { from, line, kind } of imports) {
      if (from.startsWith('.')) {
        const target = resolveFile(resolve(dirname(file), from));
        const harness = test && target.startsWith(join(root, 'scripts'));
        if (!target.startsWith(path) && !harness)
          problems.push(`${where(line)}: ${from} leaves the package; import it by name`);
        if (kind === 'value') graph.get(file).push(target);
        if (!nodeOnly && kind === 'value' && isNodeFile(each, target)) {
          problems.push(`${where(line)}: imports ${from}, which is for Node only`);
        }
      } else if (isBuiltin(from)) {
        if (!nodeOnly && kind !== 'type')
          problems.push(`${where(line)}: ${from} is Node's; only \`node\` entries may import it`);
      } else if (byName.has(packageOf(from))) {
        const name = packageOf(from);
        const listed = {
          ...manifest.dependencies,
          ...manifest.peerDependencies,
          ...(test && manifest.devDependencies),
        };
        if (!test) used.add(name);
        if (name === each.name) problems.push(`${where(line)}: imports its own package by name`);
        else if (!test && !mayImport.has(name)) problems.push(`${where(line)}: ${folder} may not import ${name}`);
        else if (!(name in listed)) problems.push(`${where(line)}: ${name} is not in the dependencies of ${folder}`);
        if (!nodeOnly && kind === 'value' && from.endsWith('/node')) {
          problems.push(`${where(line)}: ${from} is for Node only`);
        }
      }
    }
    if (!nodeOnly) {
      for (const { name, line } of globals)
        problems.push(`${where(line)}: ${name} is Node's; ask \`globalThis.${name}\``);
    }
  }
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (byName.has(name) && !used.has(name)) problems.push(`packages/${folder}/package.json: ${name} is not imported`);
  }
  const cycle = findCycle(graph);
  if (cycle)
    problems.push(
      `packages/${folder}: files import each other in a cycle: ${cycle.map((file) => relative(path, file)).join(' -> ')}`,
    );
}

/** `node.ts`, `x.node.ts`, anything under `node/`; and of benchmarks the command line with what spreads its work. */
function isNodeFile({ folder, path }, file) {
  const inside = relative(join(path, 'src'), file);
  if (folder === 'benchmarks' && (inside === 'cli.ts' || /^(cli|scale-out)\//.test(inside))) return true;
  return /(^|\.)node\.ts$/.test(basename(file)) || inside.split('/').includes('node');
}

function resolveFile(path) {
  return (
    [path, `${path}.ts`, `${path}.tsx`, join(path, 'index.ts')].find((each) => isSource(each) && existsSync(each)) ??
    path
  );
}

function checkExample({ folder, path, manifest }) {
  for (const file of files(path, isSource)) {
    for (const { from, line } of readImports(file).imports) {
      const where = `${relative(root, file)}:${line}`;
      const target = byName.get(packageOf(from));
      const reached = resolve(dirname(file), from);
      const harness = isTest(file) && reached.startsWith(join(root, 'scripts'));
      if (from.startsWith('.') && !reached.startsWith(path) && !harness) {
        problems.push(`${where}: ${from} leaves the example; examples use published names only`);
      }
      if (!target) continue;
      const entry = `.${from.slice(target.name.length)}`;
      if (!(entry in (target.manifest.exports ?? {}))) problems.push(`${where}: ${from} is not exported`);
      if (!(target.name in { ...manifest.dependencies, ...manifest.devDependencies })) {
        problems.push(`${where}: ${target.name} is not in examples/${folder}/package.json`);
      }
    }
  }
}

/** Tests may import by `devDependencies` what sources may not, as long as no package then needs itself. */
function checkPackageCycles() {
  const cycle = findCycle(
    new Map(
      packages.map(({ name, manifest }) => [
        name,
        Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter((each) => byName.has(each)),
      ]),
    ),
  );
  if (cycle) problems.push(`packages depend on each other in a cycle: ${cycle.join(' -> ')}`);
}

function findCycle(graph) {
  const state = new Map();
  const path = [];
  const walk = (node) => {
    if (state.get(node) === 'done' || !graph.has(node)) return undefined;
    if (state.get(node) === 'open') return [...path.slice(path.indexOf(node)), node];
    state.set(node, 'open');
    path.push(node);
    for (const next of graph.get(node)) {
      const cycle = walk(next);
      if (cycle) return cycle;
    }
    path.pop();
    state.set(node, 'done');
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = walk(node);
    if (cycle) return cycle;
  }
  return undefined;
}

/** Who imports whom, without the arrows that others imply. */
function diagram() {
  const ours = new Map(
    packages.map(({ name, manifest }) => [
      name,
      Object.keys(manifest.dependencies ?? {}).filter((each) => byName.has(each)),
    ]),
  );
  const reaches = (from, to) => ours.get(from).some((each) => each === to || reaches(each, to));
  const order = Object.keys(allowed).reverse();
  const arrows = packages
    .toSorted((a, b) => order.indexOf(a.folder) - order.indexOf(b.folder))
    .flatMap(({ name, folder }) =>
      ours
        .get(name)
        .filter((target) => !ours.get(name).some((other) => other !== target && reaches(other, target)))
        .map((target) => `  ${folder} --> ${byName.get(target).folder}`),
    );
  return ['```mermaid', 'flowchart TD', ...arrows, '```'].join('\n');
}

function checkDiagram() {
  if (findCycle(new Map(packages.map(({ name, manifest }) => [name, Object.keys(manifest.dependencies ?? {})]))))
    return;
  const file = join(root, 'ARCHITECTURE.md');
  const [start, end] = ['<!-- layers: written by scripts/layers.mjs -->', '<!-- /layers -->'];
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) {
    problems.push(`ARCHITECTURE.md: lacks the markers ${start} and ${end}`);
    return;
  }
  const updated = `${text.slice(0, from)}${start}\n\n${diagram()}\n\n${text.slice(to)}`;
  if (updated === text) return;
  if (process.argv.includes('--write')) writeFileSync(file, updated);
  else problems.push('ARCHITECTURE.md: the diagram is stale; run `node scripts/layers.mjs --write`');
}
