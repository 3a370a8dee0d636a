import { markdownTable, markdownText } from '../markdown';
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

const tableMarkdown = ({ columns, rows, words }: AccountTable): string =>
  markdownTable(
    columns,
    rows.map((cells) => cells.map(markdownText)),
    words,
  ).trimEnd();
