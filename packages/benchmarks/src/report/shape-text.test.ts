import '@tensorflow/tfjs-backend-cpu';
import { analyseShape } from '@agoge/activations';
import { expect, it } from 'vitest';
import { shapeCells } from './shape-text';

it.each([
  ['relu', {}, ['0, x', 'x ≤ 0', '–', '∞ at 0', '0 to 1']],
  ['softplus', {}, ['0, x', '–', 'x < 0', '0.25 at 0', '0 to 1']],
  ['pssilu', { alpha: 2, beta: 0.25 }, ['−0.333 x, x', '−0.549, 0', 'x < −0.549', '1.33 at 0', '−0.466 to 1.13']],
  ['elu', {}, ['−1, x', '0', '–', '1 at 0⁻', '0 to 1']],
  ['smoothrelu', {}, ['0, ∞ (slope 1)', 'x ≤ 0', '–', '400 at 0⁺', '0 to 1']],
  ['pblu', { alpha: 0.5 }, ['0, 1.5 x − 0.5', 'x ≤ 0', '–', '∞ at 0', '0 to 1.5']],
  ['prelu', { alpha: 1 }, ['x, x', '0', '–', '0', '1']],
])('%s %j', async (name, parameters, cells) => {
  expect(shapeCells(await analyseShape(name, { parameters }))).toEqual(cells);
});
