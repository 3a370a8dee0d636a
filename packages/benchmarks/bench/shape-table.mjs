// The table of activations as Markdown, its numbers from `analyseShape`.
import { analyseShape } from '@agoge/activations';
import { activations } from '@agoge/activations/registry';
import { shapeCells, shapeHeads } from '../src/report/shape-text';
import { rows } from './activation-rows.mjs';
import { markdown } from './cells.mjs';

/** One row an activation. */
export async function shapeTable() {
  const heads = ['layer', 'f(x)', 'starts at', 'shape at', ...shapeHeads, 'source'];
  const body = await Promise.all(
    rows.map(async ({ name, layer, formula, source, at }) => {
      const start = await analyseShape(name);
      const shown = at ? await analyseShape(name, { parameters: at }) : start;
      return [
        `\`${layer}\``,
        formula,
        startText(name, start.parameters),
        at ? parametersText(shown.parameters) : '',
        ...shapeCells(shown),
        source,
      ];
    }),
  );
  return markdown([heads, ...body], '---')
    .join('\n')
    .replaceAll('|f″|', '\\|f″\\|');
}

/** `alpha 1, beta 0.3 fixed`. */
function startText(name, parameters) {
  const { learn = [] } = activations[name]().getConfig();
  return parametersText(parameters, (key) => (learn.includes(key) ? '' : ' fixed'));
}

/** The numbers among them: `alpha 2, beta 0.25`. */
export function parametersText(parameters, suffix = () => '') {
  return Object.entries(parameters)
    .filter(([, value]) => typeof value === 'number')
    .map(([key, value]) => `${key} ${String(Number(value.toPrecision(3))).replace('-', '−')}${suffix(key)}`)
    .join(', ');
}
