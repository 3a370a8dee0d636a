// `node scripts/embed-digits.mjs DIGITS.csv` writes src/sets/digits-data.ts from the UCI file: rows of 64 integers 0..16 and a
// label 0..9. One line per image, 64 pixels and the label, one base-17 digit each: it gzips smaller than packed bits do.
import { readFile, writeFile } from 'node:fs/promises';

const [csv] = process.argv.slice(2);
if (csv === undefined) throw new Error('embed-digits: the path of the CSV file is missing');

const rows = (await readFile(csv, 'utf8')).trim().split(/\r?\n/);
const lines = rows.map((row, i) => {
  const values = row.split(',').map(Number);
  const whole = values.every((value, k) => Number.isInteger(value) && value >= 0 && value <= (k < 64 ? 16 : 9));
  if (values.length !== 65 || !whole) throw new Error(`embed-digits: row ${i + 1} is not 64 pixels 0..16 and a label`);
  return values.map((value) => value.toString(17)).join('');
});

await writeFile(
  new URL('../src/sets/digits-data.ts', import.meta.url),
  `// Made by scripts/embed-digits.mjs. Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak (1998), UCI
// Machine Learning Repository, CC BY 4.0; see NOTICE. One image a line: 64 pixels and the label, in base 17.
export const digitsData = \`
${lines.join('\n')}
\`;
`,
);
