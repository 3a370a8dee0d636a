import type { AccountSection, AccountTable } from './account';

/** An account as Markdown. */
export function accountMarkdown(title: string, sections: readonly AccountSection[]): string {
  const parts = sections.map(({ heading, text, list, table }) => [
    `## ${heading}`,
    ...text,
    ...(list ? [list.map((each) => `- ${each}`).join('\n')] : []),
    ...(table ? [`${table.caption}:`, tableMarkdown(table)] : []),
  ]);
  return `${[`# ${title}`, ...parts.flat()].join('\n\n')}\n`;
}

function tableMarkdown({ columns, rows }: AccountTable): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`;
  const rule = columns.map((_, i) => (i === 0 ? '---' : '---:'));
  return [line(columns), line(rule), ...rows.map(line)].join('\n');
}
