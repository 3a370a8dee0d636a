// The table and the plots of docs/activations.md are made here; `npm run pages` in this package writes them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import { activations } from '@agoge/activations/registry';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { rows } from './activation-rows.mjs';
import { withSection } from './generated-section.mjs';
import { shapePanels } from './shape-panels.mjs';
import { shapeTable } from './shape-table.mjs';

const page = fileURLToPath(new URL('../../../docs/activations.md', import.meta.url));
const plots = fileURLToPath(new URL('../../activations/docs/shapes.svg', import.meta.url));

beforeAll(async () => {
  await setBackend('cpu');
});

it('has a row for every activation that works entry by entry', () => {
  const others = ['smoothgradientrelu']; // of ReLU's shape
  expect(rows.map(({ name }) => name).sort()).toEqual(
    Object.keys(activations)
      .filter((name) => !others.includes(name))
      .sort(),
  );
});

it('the table is as analyseShape says', async () => {
  await expect(withSection(readFileSync(page, 'utf8'), 'shapes', await shapeTable())).toMatchFileSnapshot(page);
});

it('the plots are as analyseShape says', async () => {
  await expect(`${await shapePanels()}\n`).toMatchFileSnapshot(plots);
});
