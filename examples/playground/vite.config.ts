import { defineConfig, type Plugin } from 'vite';

/** Shared memory, and with it wasm's threads, is for pages that are isolated from other origins. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * Each thread of TensorFlow.js' wasm backend runs the text of one function of it, which names a variable from around it and asks
 * by `typeof` whether that is there. A minifier knows that it is, and leaves the question out.
 */
const threadsOfWasm = (): Plugin => ({
  name: 'threads-of-wasm',
  transform(code, id) {
    if (!id.endsWith('tfjs-backend-wasm-threaded-simd.js')) return undefined;
    return { code: code.replaceAll(/\bvar _scriptDir\b|\b_scriptDir\b/g, 'globalThis._scriptDir'), map: null };
  },
});

export default defineConfig({
  base: './',
  server: { headers },
  preview: { headers },
  plugins: [threadsOfWasm()],
  worker: { format: 'es', plugins: () => [threadsOfWasm()] },
  // One copy, whoever of our packages asks for it: tfjs keeps its engine and backends in it.
  resolve: { dedupe: ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'] },
  // What the worker needs, so that the development server does not find it bit by bit and start over.
  optimizeDeps: {
    include: [
      ...['core', 'layers', 'converter', 'backend-cpu', 'backend-wasm', 'backend-webgl', 'backend-webgpu'].map(
        (name) => `@tensorflow/tfjs-${name}`,
      ),
      ...['@noble/hashes/sha2', '@noble/hashes/utils', 'fzstd', 'hyparquet'].map((name) => `@agoge/datasets > ${name}`),
    ],
  },
  build: { target: 'es2022', chunkSizeWarningLimit: 1500 },
});
