import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { add, engine, getBackend, scalar, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { build, defaultServerConditions } from 'vite';
import { afterAll, describe, expect, it } from 'vitest';
import { conformance, refusal, training } from '../test/conformance-page';
import { beyondLimits, unmetLimits } from '../test/gpu-limits';
import { faultyStock, kernelShare } from '../test/kernel-share';
import { useBackend } from './use-backend';

// Dawn takes the driver of chromium's SwiftShader; Debian's own software driver (lavapipe 22.3) lacks what it wants.
const swiftshader = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (!process.env.VK_DRIVER_FILES && existsSync(swiftshader)) process.env.VK_DRIVER_FILES = swiftshader;
const full = process.env.AGOGE_TEST === 'full';
const globals = Object.getOwnPropertyNames(globalThis);
const start = await useBackend('webgpu', { repair: false }).catch(() => undefined);

describe.skipIf(!start)('webgpu in Node (needs a Vulkan driver that Dawn takes)', () => {
  it('says on what it runs, and sets nothing but the names that the backend reads', () => {
    expect(start?.why).toMatch(/^webgpu \(Dawn in Node, .+\): asked for$/);
    const added = Object.getOwnPropertyNames(globalThis).filter((name) => !globals.includes(name));
    expect(added.filter((name) => !/^(GPU|_tf|__)/.test(name))).toEqual([]);
    expect(Object.keys(globalThis).filter((name) => name.startsWith('GPU'))).toEqual([]);
  });

  it('started again it is the same, with the tensors that it has', async () => {
    const backend = engine().backend;
    const kept = tidy(() => add(tensor1d([1, 2]), scalar(1)));
    await useBackend('cpu');
    await useBackend('webgpu', { repair: false });
    expect(engine().backend).toBe(backend);
    expect([...(await kept.data())]).toEqual([2, 3]);
    kept.dispose();
  });

  it('is found at fault as TensorFlow.js ships it', async () => {
    const { reports } = await conformance('webgpu', { repair: false, kernels: faultyStock.webgpu });
    expect(reports.filter(({ verdict }) => verdict !== 'faulty')).toEqual([]);
  }, 120_000);

  it(`conforms but for its limits once it is repaired${full ? '' : ' (a share; all with AGOGE_TEST=full)'}`, async () => {
    const { reports } = await conformance('webgpu', { repair: true, kernels: kernelShare(2) });
    expect(beyondLimits(reports, 'webgpu')).toEqual([]);
    if (full) expect(unmetLimits(reports, 'webgpu')).toEqual([]);
  }, 600_000);

  it('learns: the loss of a convolutional network falls as on cpu', async () => {
    const [reference, losses] = [await training('cpu'), await training('webgpu')];
    expect(losses.at(-1)).toBeLessThan(losses[0] * 0.9);
    for (const [step, loss] of losses.entries()) expect(loss).toBeCloseTo(reference[step], 3);
  });

  it('a command that the GPU refuses makes reads fail, until the backend starts anew', async () => {
    expect(await refusal()).toEqual([
      expect.stringMatching(/^webgpu: the GPU refused a command: /),
      expect.stringMatching(/^webgpu: the GPU refused a command: /),
      'webgpu: the backend is closed',
      '3',
    ]);
  });

  it('auto passes over a program that stands in for a GPU', async () => {
    if (!start?.why.includes('swiftshader')) return;
    expect((await useBackend('auto')).why).toMatch(/^wasm \(.+\): the fastest that started$/);
    expect(getBackend()).toBe('wasm');
  });
});

describe.skipIf(!start)('a program on webgpu (needs a Vulkan driver that Dawn takes)', () => {
  const folder = fileURLToPath(new URL('../node_modules/.agoge-test', import.meta.url));
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(['closed', 'left open'])('ends by itself: %s', async (how) => {
    await build({
      configFile: false,
      logLevel: 'silent',
      ssr: { resolve: { conditions: ['@agoge/source', ...defaultServerConditions] } },
      build: {
        ssr: fileURLToPath(new URL('../test/program-on-webgpu.ts', import.meta.url)),
        outDir: folder,
        rollupOptions: { external: /^(webgpu|@tensorflow)/, output: { entryFileNames: 'program.js' } },
      },
    });
    const { status, stdout } = spawnSync(process.execPath, [join(folder, 'program.js'), how], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect([status, stdout.trim().split('\n').at(-1)]).toEqual([0, 'webgpu 512']);
  });
});
