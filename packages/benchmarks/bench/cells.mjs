// Tables as text. Pure.

/** Columns padded for a terminal, the first to the left and the others to the right. */
export function padded(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
  );
}

/** The same as a table of Markdown, whose first row is its head; `mark` says how all columns but the first lie. */
export function markdown([head, ...rows], mark = '---:') {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : mark))), ...rows.map(line)];
}

/** Three digits that matter, whole numbers above. */
export function figure(number) {
  if (number === undefined || Number.isNaN(number)) return '–';
  if (number === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(number))));
  return number.toFixed(Math.min(digits, 3));
}

export const percent = (share) => (share === undefined || Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`);
export const megabytes = (bytes) => (bytes ? String(Math.round(bytes / 1e6)) : '–');
