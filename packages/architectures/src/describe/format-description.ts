import type { LayerDescription, ModelDescription } from './describe';

const heads = ['layer', 'kind', 'output', 'trained', 'untrained', 'multiply-adds', 'receptive field'];

/**
 * A description as a table in text: a row for each layer, the sums, and the map before the head's pooling.
 *
 * @returns lines of equal columns; `–` for nothing, `?` for what is not known
 * @example
 * console.log(formatDescription(describe(lenet5())));
 */
export function formatDescription(description: ModelDescription): string {
  const { name, layers, trained, untrained, multiplyAdds, features } = description;
  const numbers = (each: Pick<LayerDescription, 'trained' | 'untrained' | 'multiplyAdds'>) =>
    [each.trained, each.untrained, each.multiplyAdds].map(count);
  const rows = [
    heads,
    ...layers.map((each) => [each.name, each.kind, sizes(each.output), ...numbers(each), fieldText(each)]),
    [name, 'in all', '', ...numbers({ trained, untrained, multiplyAdds }), ''],
  ];
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const isText = (column: number) => column < 2;
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (isText(column) ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd(),
  );
  if (features) lines.push(`${sizes(features.map)} before ${features.pooling}, from ${features.layer}`);
  return lines.join('\n');
}

/** `4 x 4 x 512`. */
const sizes = (shape: readonly (number | null)[]) => shape.map((size) => size ?? '?').join(' x ');

/** `1,728`. */
function count(value: number | null): string {
  if (value === null) return '?';
  return value === 0 ? '–' : value.toLocaleString('en');
}

/** `43 / 8`, size and jump, or of both axes where they differ: `43 x 21 / 8 x 4`. */
function fieldText({ receptiveField: field }: LayerDescription): string {
  if (field === 'all') return field;
  const both = ([rows, columns]: readonly [number, number]) => (rows === columns ? `${rows}` : `${rows} x ${columns}`);
  return `${both(field.size)} / ${both(field.jump)}`;
}
