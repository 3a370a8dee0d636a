import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { permutation } from '@agoge/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, type InChromium, inChromium } from '../../../scripts/chromium';
import type * as page from '../test/contract-page';
import { rows } from '../test/contract-rows';

const full = process.env.AGOGE_TEST === 'full';
const resolve = createRequire(import.meta.url).resolve;
const folders = { '/wasm/': join(dirname(resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist') };

/** A backend's part of the rows: others for others. Those that run on software in place of a GPU are slow. */
const parts = { wasm: [0, 8], webgl: [8, 11], webgpu: [12, 14] } as const;
const drawn = [...permutation({ seed: 11, stream: 'contract/rows' }, rows.length)];

describe.skipIf(!chromiumPath)('in chromium (needs chromium on the path, or AGOGE_CHROMIUM)', () => {
  describe.each(Object.keys(parts) as (keyof typeof parts)[])(
    `%s keeps the contract${full ? '' : ' (a share of the attacks; all with AGOGE_TEST=full)'}`,
    (name) => {
      let chromium: InChromium<typeof page>;
      let started: Awaited<ReturnType<typeof page.start>>;
      beforeAll(async () => {
        chromium = await inChromium<typeof page>(new URL('../test/contract-page.ts', import.meta.url), folders);
        started = await chromium.call('start', name);
      }, 120_000);
      afterAll(() => chromium?.close());

      const share = full ? [...rows.keys()] : drawn.slice(...parts[name]);
      it.for(share.map((row) => ({ title: `${rows[row].name} in ${rows[row].norm}`, row })))(
        '$title',
        { timeout: full ? 3_600_000 : 600_000 },
        async ({ row }, { skip }) => {
          if (!started.isRunning) skip(started.why);
          expect(await chromium.call('findings', [row])).toEqual([]);
        },
      );
    },
  );
});
