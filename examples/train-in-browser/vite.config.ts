import { defineConfig } from 'vite';

export default defineConfig({
  base: './', // the build may lie anywhere
  worker: { format: 'es' },
  // One copy, whoever of our packages asks for it: tfjs keeps its engine and backends in it.
  resolve: { dedupe: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'] },
  // What the worker needs, so that the development server does not find it bit by bit and start over.
  optimizeDeps: {
    include: [
      ...['core', 'layers', 'backend-cpu', 'backend-wasm', 'backend-webgl', 'backend-webgpu'].map(
        (name) => `@tensorflow/tfjs-${name}`,
      ),
      ...['@noble/hashes/sha2', '@noble/hashes/utils', 'fzstd', 'hyparquet'].map((name) => `@agoge/datasets > ${name}`),
    ],
  },
  build: { target: 'es2022', chunkSizeWarningLimit: 2000 },
});
