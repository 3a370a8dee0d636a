import type { Diagnosis } from './diagnose';

const marks = { ok: 'ok', warning: 'WARNING', 'not checked': '–' } as const;
const figure = (value: number | null) => (value === null ? '' : String(Number(value.toPrecision(3))));

/**
 * A diagnosis as text: a line for each check, and what to do about the warnings.
 *
 * @example
 * console.log(diagnosisTable(await diagnose(f, data, { eps: 0.3 })));
 */
export function diagnosisTable({ checks, examples, passes }: Diagnosis): string {
  const rows = [
    ['check', 'verdict', 'measured', 'warns above'],
    ...checks.map(({ name, verdict, measured, threshold }) => [
      name,
      marks[verdict],
      figure(measured),
      figure(threshold),
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const says = ['what it means', ...checks.map((check) => check.says)];
  const lines = rows.map((row, i) =>
    [...row.map((cell, column) => cell.padEnd(widths[column])), says[i]].join('  ').trimEnd(),
  );
  const remedies = checks.flatMap(({ name, remedy }) => (remedy === null ? [] : [`${name}: ${remedy}`]));
  const cost = `${examples} examples, ${passes.forwards} forward and ${passes.backwards} backward passes over an image`;
  return `${[...lines, '', ...(remedies.length > 0 ? [...remedies, ''] : []), cost].join('\n')}\n`;
}
