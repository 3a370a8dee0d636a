// What our packages weigh in a browser's bundle, as they are built: every entry for browsers is free of Node, and each import of
// the list stays below its ceiling. Writes the table in docs/bundles.md (`--write`), and fails if the one there is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { browserBundle } from './browser-bundle.mjs';
import { entries, packages, report, root } from './workspace.mjs';

/** What people import; the most KB that it may weigh; and parts of file names that have no business in it. */
export const imports = [
  { from: '@agoge/attacks', names: ['fgsm'], ceiling: 15, without: ['/auto-attack', '/apgd', '/square', '/runner/'] },
  { from: '@agoge/attacks', names: ['pgd'], ceiling: 15, without: ['/auto-attack', '/apgd', '/square', '/runner/'] },
  { from: '@agoge/attacks', names: ['square'], ceiling: 15, without: ['/auto-attack', '/apgd', '/ascent/climb'] },
  { from: '@agoge/attacks', names: ['autoAttack'], ceiling: 22, without: ['/boundary', '/jsma', '/diagnose/'] },
  { from: '@agoge/attacks', ceiling: 53 },
  {
    from: '@agoge/adv-train',
    names: ['adversarialTraining'],
    ceiling: 13,
    without: ['/trades', '/train.ts', '/runner/'],
  },
  { from: '@agoge/adv-train', names: ['sgd'], ceiling: 2, without: ['/attacks/'] },
  { from: '@agoge/adv-train', names: ['fit'], ceiling: 34, without: ['/auto-attack', '/in-model-fit/', '/sweep'] },
  { from: '@agoge/activations', names: ['relu'], ceiling: 3, without: ['/pssilu', '/sparta/', '/shape/'] },
  { from: '@agoge/activations', names: ['PSSiLU'], ceiling: 4, without: ['/relu', '/sparta/', '/shape/'] },
  { from: '@agoge/activations', ceiling: 19 },
  { from: '@agoge/architectures', names: ['lenet5'], ceiling: 7, without: ['/resnet', '/efficient-net', '/weights/'] },
  {
    from: '@agoge/architectures',
    names: ['resnet18'],
    ceiling: 8,
    without: ['/lenet5', '/efficient-net', '/weights/'],
  },
  { from: '@agoge/architectures', ceiling: 22 },
  {
    from: '@agoge/datasets',
    names: ['digits'],
    ceiling: 57,
    without: ['/bytes/inflate', '/pictures/', '/parquet/', 'fzstd'],
  },
  {
    from: '@agoge/datasets',
    names: ['fromArrays'],
    ceiling: 7,
    without: ['digits-data', '/bytes/inflate', '/pictures/'],
  },
  { from: '@agoge/datasets', names: ['randomFlip'], ceiling: 2, without: ['digits-data', 'hashes', '/views/'] },
  { from: '@agoge/datasets', names: ['mnist'], ceiling: 9, without: ['digits-data', '/parquet/', '/pictures/'] },
  { from: '@agoge/datasets', names: ['parquetImages'], ceiling: 35, without: ['digits-data', '/arrays/'] },
  {
    from: '@agoge/backends',
    names: ['useBackend'],
    ceiling: 25,
    without: ['/conformance/', 'only-in-node.ts', 'starts/onnx'],
  },
  { from: '@agoge/backends', names: ['repairBackend'], ceiling: 20, without: ['/conformance/', '/starts/'] },
  { from: '@agoge/core', names: ['fromLayersModel'], ceiling: 4, without: ['/safetensors', '/stock-faults', '/probe'] },
  { from: '@agoge/core', names: ['readSafetensors'], ceiling: 3, without: ['/random', '/from-'] },
  { from: '@agoge/core/browser', ceiling: 3, without: ['/safetensors'] },
  {
    from: '@agoge/benchmarks',
    names: ['evaluate'],
    ceiling: 24,
    without: ['/report/', '/linkedom/', '/plot/', '/recipes/'],
  },
  { from: '@agoge/benchmarks', names: ['writeReport'], ceiling: 200, without: ['/recipes/', '/cli/'] },
];

export const titleOf = ({ from, names }) => (names ? `{ ${names.join(', ')} } from '${from}'` : `all of '${from}'`);

/** Entries that run in Node alone. */
const forNode = /^@agoge\/(backend-onnx$|benchmarks\/cli|benchmarks\/vitest)|\/node$/;

async function main() {
  const problems = [];
  for (const each of packages) {
    for (const [entry] of entries(each)) {
      const from = each.name + entry.slice(1);
      if (forNode.test(from)) continue;
      for (const id of (await browserBundle({ from })).ofNode) problems.push(`${from} brings Node's ${id}`);
    }
  }
  const sizes = [];
  for (const each of imports) {
    const { bytes } = await browserBundle(each);
    sizes.push(bytes / 1024);
    if (bytes > 1024 * each.ceiling) {
      problems.push(
        `${titleOf(each)} weighs ${(bytes / 1024).toFixed(1)} KB, more than its ceiling of ${each.ceiling}`,
      );
    }
  }
  checkTable(sizes, problems);
  report(
    problems,
    `${imports.length} imports are below their ceilings, and nothing for browsers brings Node's built-ins`,
  );
}

const row = (each, size) => `| \`${titleOf(each)}\` | ${size.toFixed(1)} | ${each.ceiling} |`;

/** Sizes move with every change: those in the table may be off by a tenth, or half a KB. */
function checkTable(sizes, problems) {
  const file = join(root, 'docs/bundles.md');
  const text = readFileSync(file, 'utf8');
  const [start, end] = ['<!-- sizes: written by scripts/bundles.mjs -->', '<!-- /sizes -->'];
  const [from, to] = [text.indexOf(start) + start.length, text.indexOf(end)];
  const written = text.slice(from, to).trim().split('\n').slice(2);
  const isFresh =
    written.length === imports.length &&
    imports.every((each, i) => {
      const size = Number(written[i].split('|').at(-3));
      return written[i] === row(each, size) && Math.abs(size - sizes[i]) <= Math.max(0.5, size / 10);
    });
  if (argv.includes('--write')) {
    const table = ['| import | KB | ceiling |', '|---|---:|---:|', ...imports.map((each, i) => row(each, sizes[i]))];
    writeFileSync(file, `${text.slice(0, from)}\n\n${table.join('\n')}\n\n${text.slice(to)}`);
  } else if (!isFresh) {
    problems.push(`${relative(root, file)}: out of date; run \`node scripts/bundles.mjs --write\``);
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) await main();
