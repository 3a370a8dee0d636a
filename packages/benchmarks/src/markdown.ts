/** Text that stands in Markdown as itself: nothing in it makes a cell, a link, an image, emphasis or markup. */
export function markdownText(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|~#&!]/g, (character) => `\\${character}`);
}

/**
 * A table of Markdown; the first column to the left, and of the others those of words, which are named. Cells are Markdown:
 * {@link markdownText}.
 */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  words: readonly string[] = [],
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((title, i) => (i === 0 || words.includes(title) ? ':--' : '--:'));
  return `${[line(head), line(rule), ...rows.map(line)].join('\n')}\n`;
}
