// The table of docs/architectures.md and the plot in the README of `@agoge/architectures` are made here; `npm run pages` in this
// package writes them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import { architectures } from '@agoge/architectures/registry';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { rows } from './architecture-rows.mjs';
import { architectureTable, described, twinOf } from './architecture-table.mjs';
import { withSection } from './generated-section.mjs';
import { poolingPanels } from './pooling-panels.mjs';

const folder = fileURLToPath(new URL('../../architectures/', import.meta.url));
const page = fileURLToPath(new URL('../../../docs/architectures.md', import.meta.url));

let all;

beforeAll(async () => {
  await setBackend('cpu');
  all = rows.map(described);
}, 240_000);

it('has every registered network', () => {
  const others = ['efficientNet']; // of whose options B0 to L1 are
  const listed = new Set(rows.map(({ network }) => network));
  expect(Object.keys(architectures).filter((name) => !listed.has(name))).toEqual(others);
});

it('counts as others do: PyTorch twins, and what is published', () => {
  for (const { row, trained, multiplyAdds } of all) {
    const [{ network, published }, twin] = [row, twinOf(row)];
    expect(published ?? twin, network).toBeDefined();
    if (twin) expect([trained, multiplyAdds], network).toEqual([twin.parameters, twin.multiplyAdds]);
    if (published?.parameters) expect(trained, network).toBe(published.parameters);
    const digits = published?.giga.split('.')[1].length;
    if (published) expect((multiplyAdds / 1e9).toFixed(digits), network).toBe(published.giga);
  }
});

it('the table is as describe says', async () => {
  await expect(withSection(readFileSync(page, 'utf8'), 'networks', architectureTable(all))).toMatchFileSnapshot(page);
});

it('the plot is of the figures beside it', async () => {
  const figures = JSON.parse(readFileSync(`${folder}docs/pooling.json`, 'utf8'));
  await expect(`${poolingPanels(figures)}\n`).toMatchFileSnapshot(`${folder}docs/pooling.svg`);
});
