// The table of architectures as Markdown, its numbers from `describe`.
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe } from '@agoge/architectures';
import { architectures } from '@agoge/architectures/registry';
import { markdown } from './cells.mjs';

/**
 * What `describe` says of a row's network. Its weights start as zeros, which are never written, so that they take addresses and
 * no memory, however many they are.
 */
export function described(row) {
  const { network, options } = row;
  const model = architectures[network]({ ...options, initializer: 'zeros' });
  const { layers, trained, multiplyAdds, features } = describe(model);
  model.dispose();
  const { receptiveField } = layers.find(({ name }) => name === features.layer);
  return { row, images: layers[0].output, trained, multiplyAdds, map: features.map, receptiveField };
}

const counts = ['plain', 'residual'].flatMap((name) => {
  const file = new URL(`../../architectures/golden/${name}-counts.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).counts;
});

/** What a PyTorch twin has counted of a row's network, where there is one: `{ parameters, multiplyAdds }`. */
export const twinOf = ({ network, options = {} }) =>
  counts.find((each) => each.network === network && isDeepStrictEqual(each.options, options));

/** One row a network: rows with what {@link described} says of each. */
export function architectureTable(all) {
  const heads = [
    'network',
    'images',
    'parameters',
    'multiply-adds',
    'last map',
    'receptive field',
    'source of the counts',
  ];
  const body = all.map(({ row, images, trained, multiplyAdds, map, receptiveField }) => [
    nameOf(row),
    sizes(images),
    trained.toLocaleString('en'),
    millions(multiplyAdds),
    sizes(map),
    receptiveField === 'all' ? 'all' : String(receptiveField.size[0]),
    [row.published?.by, twinOf(row) && 'twin'].filter(Boolean).join(', '),
  ]);
  return markdown([heads, ...body]).join('\n');
}

/** `wideResNet` 28-10. */
const nameOf = ({ network, options = {} }) =>
  [`\`${network}\``, Object.values(options).join('-')].filter(Boolean).join(' ');

const sizes = (shape) => shape.join(' x ');

/** Four digits, in millions or thousands of millions. */
function millions(count) {
  return count < 1e9 ? `${Number((count / 1e6).toPrecision(4))} M` : `${Number((count / 1e9).toPrecision(4))} G`;
}
