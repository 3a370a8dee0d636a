// The contract suites and the kernel conformance cases on the `tensorflow` backend: the test files as they are, but where they
// start cpu or wasm they start tensorflow. Needs a tfjs-node that runs:
//
//   node packages/backends/scripts/build-tfjs-node.mjs FOLDER
//   AGOGE_TFJS_NODE=FOLDER npx vitest run --config scripts/vitest.tensorflow.mjs
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { env } from 'node:process';
import { defineConfig } from 'vitest/config';
import everywhere from '../vitest.config.ts';
import { root } from './workspace.mjs';

const folder = env.AGOGE_TFJS_NODE;
if (!folder) throw new Error('AGOGE_TFJS_NODE must name the folder in whose node_modules @tensorflow/tfjs-node lies');
const tfjsNode = createRequire(join(folder, 'package.json')).resolve('@tensorflow/tfjs-node');

const onTensorflow = {
  name: 'agoge-on-tensorflow',
  enforce: 'pre',
  transform: (code, id) =>
    id.endsWith('.test.ts') ? code.replace(/\b(setBackend|useBackend)\('(?:cpu|wasm)'/g, "$1('tensorflow'") : undefined,
};

export default defineConfig({
  ...everywhere,
  root,
  plugins: [onTensorflow],
  resolve: { alias: { '@tensorflow/tfjs-node': tfjsNode } },
  test: {
    ...everywhere.test,
    include: ['packages/{core,attacks}/src/**/*.test.ts', 'scripts/tensorflow-conforms.mjs'],
    // Those that are about the faults of stock cpu and wasm, or about tfjs-layers not being loaded.
    exclude: ['**/{stock-backend,stock-faults,probe,graph-model}.test.ts'],
    setupFiles: 'scripts/start-tensorflow.mjs',
  },
});
