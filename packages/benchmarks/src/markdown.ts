/** Text that stands in Markdown as itself: nothing in it makes a cell, a link, an image, emphasis or markup. */
export function markdownText(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|~#&!]/g, (character) => `\\${character}`);
}

/** A table of Markdown; the first column to the left, the others to the right. Cells are Markdown: {@link markdownText}. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, i) => (i === 0 ? ':--' : '--:'));
  return `${[line(head), line(rule), ...rows.map(line)].join('\n')}\n`;
}
