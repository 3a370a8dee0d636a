import { expect, it } from 'vitest';
import { browserBundle } from './browser-bundle.mjs';
import { imports, titleOf } from './bundles.mjs';

const sources = ['@agoge/source'];

// As they are built, `npm run check -- bundles` asks.
it.each(imports.map((each) => [titleOf(each), each]))('%s brings what it needs, below its ceiling', async (_, each) => {
  const { bytes, files, ofNode } = await browserBundle(each, sources);
  const stray = files.filter(({ file }) => (each.without ?? []).some((part) => file.includes(part)));
  expect(stray).toEqual([]);
  expect(ofNode).toEqual([]);
  expect(bytes).toBeLessThan(1024 * each.ceiling);
});

it.each(['activations', 'architectures'])(
  '@agoge/%s/register registers its layers, though nothing of it is used',
  async (name) => {
    const { files } = await browserBundle({ from: `@agoge/${name}/register` }, sources);
    expect(files.map(({ file }) => file)).toContain(`packages/${name}/src/register.ts`);
  },
);

it('notices a built-in of Node, and who asks for it', async () => {
  const { ofNode } = await browserBundle({ from: '@agoge/core/node', names: ['fileStore'] }, sources);
  expect(ofNode).toContainEqual(expect.stringMatching(/^node:fs\/promises \(by packages\/core\/src\/node\.ts\)$/));
});
