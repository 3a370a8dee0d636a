// The table in the README of `@agoge/architectures` is made here; `npm run readmes` in this package writes it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import { architectures } from '@agoge/architectures/registry';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { rows } from './architecture-rows.mjs';
import { architectureTable, described, twinOf } from './architecture-table.mjs';
import { withSection } from './generated-section.mjs';

const file = fileURLToPath(new URL('../../architectures/README.md', import.meta.url));

beforeAll(async () => {
  await setBackend('cpu');
});

it('has every registered network', () => {
  const others = ['efficientNet']; // of whose options B0 to L1 are
  const listed = new Set(rows.map(({ network }) => network));
  expect(Object.keys(architectures).filter((name) => !listed.has(name))).toEqual(others);
});

it.each(rows)('counts $network $options as others do', (row) => {
  const { trained, multiplyAdds } = described(row);
  const { published, twin } = { published: row.published, twin: twinOf(row) };
  expect(published ?? twin).toBeDefined();
  if (twin) expect(twin).toMatchObject({ parameters: trained, multiplyAdds });
  if (published?.parameters) expect(trained).toBe(published.parameters);
  const digits = published?.giga.split('.')[1].length;
  if (published) expect((multiplyAdds / 1e9).toFixed(digits)).toBe(published.giga);
});

it('the table is as describe says', async () => {
  await expect(withSection(readFileSync(file, 'utf8'), 'networks', architectureTable())).toMatchFileSnapshot(file);
});
