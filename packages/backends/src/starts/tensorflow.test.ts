import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const besides = fileURLToPath(new URL('../../test', import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'agoge-tensorflow-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: 'silent',
    ssr: { resolve: { conditions: ['@agoge/source', 'node'] } },
    build: {
      ssr: join(root, 'packages/backends/src/index.ts'),
      outDir: folder,
      rollupOptions: { output: { entryFileNames: 'backends.mjs' } },
    },
  });
  // As Node resolves a program and what it imports: from where the files lie.
  for (const addons of [[], ['tfjs-node'], ['tfjs-node', 'tfjs-node-gpu']]) {
    const project = projectOf(addons);
    const scope = join(project, 'node_modules/@tensorflow');
    mkdirSync(scope, { recursive: true });
    cpSync(join(folder, 'backends.mjs'), join(project, 'backends.mjs'));
    cpSync(join(besides, 'tfjs-node-program.mjs'), join(project, 'program.mjs'));
    for (const each of ['tfjs-core', 'tfjs-layers', 'tfjs-backend-cpu', 'tfjs-backend-wasm']) {
      symlinkSync(join(root, 'node_modules/@tensorflow', each), join(scope, each));
    }
    for (const each of addons) {
      mkdirSync(join(scope, each));
      cpSync(join(besides, 'tfjs-node-stand-in.cjs'), join(scope, each, 'index.js'));
      writeFileSync(join(scope, each, 'package.json'), JSON.stringify({ name: `@tensorflow/${each}` }));
    }
  }
});

const projectOf = (addons: readonly string[]) => join(folder, `with${addons.map((each) => `-${each}`).join('')}`);

interface StandIn {
  version?: string;
  refuses?: string;
  copy?: boolean;
}

/** What a program prints that starts the backend in a project with these packages. */
function started(node: string, name: string, addons: readonly string[], standIn: StandIn = {}) {
  const printed = execFileSync(node, ['program.mjs', name], {
    cwd: projectOf(addons),
    env: { ...process.env, STAND_IN: JSON.stringify(standIn) },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return JSON.parse(printed.trim().split('\n').at(-1) ?? '');
}

const others = (process.env.AGOGE_NODES ?? '').split(':').filter(Boolean);
const nodes = [process.execPath, ...others].map((path) => ({
  path,
  version: execFileSync(path, ['--version'], { encoding: 'utf8' }).trim(),
}));
it.skipIf(others.length === 0)('other versions of Node take part (needs AGOGE_NODES: their paths, with colons)', () => {
  expect(new Set(nodes.map(({ version }) => version)).size).toBe(1 + others.length);
});

describe.each(nodes)('tensorflow by a stand-in for tfjs-node, Node $version', ({ path, version }) => {
  const tfjsNode = ['tfjs-node'];

  it.each([false, true])('starts and differentiates (tfjs of its own: %s)', (copy) => {
    expect(started(path, 'tensorflow', tfjsNode, { copy })).toEqual({
      name: 'tensorflow',
      why: 'tensorflow (@tensorflow/tfjs-node with TensorFlow 2.9.1): asked for',
      gradient: [1, 3, 2, 4, 10, 6, 3, 7, 4],
      isTensor: true,
      ranOn: 'tensorflow',
      current: 'tensorflow',
    });
  });

  it('takes tfjs-node-gpu first, and says whether that found a GPU', () => {
    expect(started(path, 'tensorflow', ['tfjs-node', 'tfjs-node-gpu']).why).toBe(
      'tensorflow (@tensorflow/tfjs-node-gpu with TensorFlow 2.9.1, which found no GPU): asked for',
    );
  });

  it('is what auto takes', () => {
    expect(started(path, 'auto', tfjsNode).why).toMatch(/^tensorflow \(.*\): the fastest that started$/);
  });

  it('says how to install it where it is not; auto passes over it', () => {
    const { error, current } = started(path, 'tensorflow', []);
    expect(error).toBe(
      'useBackend: tensorflow did not start: neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed: npm install @tensorflow/tfjs-node@4.22.0, whose install script downloads TensorFlow',
    );
    expect(current).toBeUndefined();
    expect(started(path, 'auto', []).why).toMatch(/^wasm \(.*\): the fastest that started$/);
  });

  it('says why it does not load, and auto says so too', () => {
    const refuses = 'libtensorflow.so.2: cannot open shared object file\nat Module.load';
    const reason = `@tensorflow/tfjs-node is installed but does not load in Node ${version.slice(1)}: libtensorflow.so.2: cannot open shared object file (has its install script run? npm rebuild @tensorflow/tfjs-node)`;
    expect(started(path, 'tensorflow', tfjsNode, { refuses }).error).toBe(
      `useBackend: tensorflow did not start: ${reason}`,
    );
    const { name, why, ranOn } = started(path, 'auto', tfjsNode, { refuses });
    expect([name, ranOn]).toEqual(['wasm', 'wasm']);
    expect(why).toMatch(
      /: the fastest that started; tensorflow did not start: @tensorflow\/tfjs-node is installed but/,
    );
  });

  it('refuses another version of tfjs-node by name', () => {
    expect(started(path, 'tensorflow', tfjsNode, { version: '4.17.0' }).error).toBe(
      'useBackend: tensorflow did not start: @tensorflow/tfjs-node is 4.17.0, where @tensorflow/tfjs-core is 4.22.0: npm install @tensorflow/tfjs-node@4.22.0',
    );
  });
});
