import { fileURLToPath } from 'node:url';
import { build, defaultClientConditions, defaultServerConditions, type Rollup } from 'vite';
import { expect, it } from 'vitest';

/** Every line of code that a bundle has, TensorFlow.js's aside. */
async function bundled(conditions: readonly string[]): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@agoge/source', ...conditions] },
    build: {
      write: false,
      minify: false,
      lib: { entry: fileURLToPath(new URL('index.ts', import.meta.url)), formats: ['es'] },
      rollupOptions: { external: /^@tensorflow\// },
    },
  });
  const { output } = (Array.isArray(result) ? result[0] : result) as Rollup.RollupOutput;
  return output.map((each) => (each.type === 'chunk' ? each.code : '')).join('\n');
}

const forNode = [
  /@tensorflow\/tfjs-node/,
  /backend-onnx|onnxruntime/,
  /import\(["'`]webgpu["'`]\)|from ["'`]webgpu["'`]|npm install webgpu/,
];

it('what only Node loads is not in a bundle for browsers', async () => {
  const code = await bundled(defaultClientConditions);
  expect(code).toContain('async function useBackend(');
  for (const name of forNode) expect(code).not.toMatch(name);
});

it('and is in one for Node', async () => {
  const code = await bundled(defaultServerConditions.filter((each) => each !== 'browser'));
  expect(code).toMatch(forNode[0]);
});
