import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { chromiumPath, type InChromium, inChromium } from '../../../scripts/chromium';
import type * as page from '../test/conformance-page';
import { beyondLimits, unmetLimits } from '../test/gpu-limits';
import { faultyStock, kernelShare } from '../test/kernel-share';

const full = process.env.AGOGE_TEST === 'full';
const part = full ? '' : ' (a share; all with AGOGE_TEST=full)';
const patience = full ? 3_600_000 : 600_000;
const resolve = createRequire(import.meta.url).resolve;
const folders = { '/wasm/': join(dirname(resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist') };

describe.skipIf(!chromiumPath)('in chromium (needs chromium on the path, or AGOGE_CHROMIUM)', () => {
  let chromium: InChromium<typeof page>;
  beforeAll(async () => {
    chromium = await inChromium<typeof page>(new URL('../test/conformance-page.ts', import.meta.url), folders);
  });
  afterAll(() => chromium?.close());

  describe.each([
    ['webgl', /^webgl \(WebGL 2, float32, .+\): asked for$/, 0],
    ['webgpu', /^webgpu \(.+\): asked for$/, 1],
  ] as const)('%s', (name, form, share) => {
    let isMissing: string | undefined;
    beforeAll(async () => {
      isMissing = await chromium.call('missing', name);
    }, 120_000);
    beforeEach(({ skip }) => {
      if (isMissing) skip(isMissing);
    });

    it('is found at fault as TensorFlow.js ships it', async () => {
      const { reports } = await chromium.call('conformance', name, { repair: false, kernels: faultyStock[name] });
      expect(reports.map(({ kernel, verdict }) => [kernel, verdict])).toEqual(
        faultyStock[name].map((kernel) => [kernel, 'faulty']),
      );
    }, 120_000);

    it(
      `conforms but for its limits once it is repaired${part}`,
      async () => {
        const { why, reports } = await chromium.call('conformance', name, {
          repair: true,
          kernels: kernelShare(share),
        });
        expect(why).toMatch(form);
        expect(beyondLimits(reports, name)).toEqual([]);
        if (full) expect(unmetLimits(reports, name)).toEqual([]);
      },
      patience,
    );

    it('learns: the loss of a convolutional network falls as on cpu', async () => {
      const [reference, losses] = [await chromium.call('training', 'cpu'), await chromium.call('training', name)];
      expect(losses.at(-1)).toBeLessThan(losses[0] * 0.9);
      for (const [step, loss] of losses.entries()) expect(loss).toBeCloseTo(reference[step], 3);
    }, 120_000);
  });

  it.each(['wasm', 'cpu'] as const)(
    `%s conforms as in Node${part}`,
    async (name) => {
      const { reports } = await chromium.call('conformance', name, { repair: true, kernels: kernelShare(2) });
      expect(reports.filter(({ verdict }) => verdict !== 'conforms')).toEqual([]);
    },
    patience,
  );

  it('auto takes wasm where WebGL and WebGPU have no GPU', async () => {
    expect(await chromium.call('automatic')).toMatch(/^wasm \(.+\): the fastest that started$/);
  });

  it('a command that the GPU refuses makes reads fail, until the backend starts anew', async () => {
    expect(await chromium.call('refusal')).toEqual([
      expect.stringMatching(/^webgpu: the GPU refused a command: /),
      expect.stringMatching(/^webgpu: the GPU refused a command: /),
      'webgpu: the backend is closed',
      '3',
    ]);
  });
});
