import { defineConfig } from 'vite';

export default defineConfig({
  base: './', // the build may lie anywhere
  worker: { format: 'es' },
  build: { target: 'es2022', chunkSizeWarningLimit: 2000 },
});
