import { markdownTable, markdownText } from '../markdown';
import { cells, columns, groupTitle, tableTitle } from './board-text';
import type { Leaderboard, LeaderboardRow } from './leaderboard';

/**
 * A board as Markdown: a section for each data set and threat, a table for each protocol, below it why some have no rank.
 *
 * @example
 * await writeFile('board.md', leaderboardMarkdown(leaderboard(results)));
 */
export function leaderboardMarkdown({ groups }: Leaderboard, title = 'Leaderboard'): string {
  const sections = groups.flatMap((group) => [
    `## ${markdownText(groupTitle(group))}`,
    ...(group.hash === null ? [] : [`Images: sha256 \`${markdownText(group.hash)}\``]),
    ...group.tables.flatMap((table) => [
      `**${markdownText(tableTitle(table))}**`,
      markdownTable(columns, table.rows.map(lineOf)).trimEnd(),
      ...refusals(table.rows),
    ]),
  ]);
  return `${[`# ${markdownText(title)}`, ...sections].join('\n\n')}\n`;
}

function lineOf(row: LeaderboardRow): string[] {
  const [rank, name, ...rest] = cells(row).map(markdownText);
  return [rank, row.link === null ? name : `[${name}](<${row.link}>)`, ...rest];
}

function refusals(rows: readonly LeaderboardRow[]): string[] {
  const lines = rows.flatMap(({ name, refused }) =>
    refused.map((why) => `- ${markdownText(name)} has no rank: ${markdownText(why)}`),
  );
  return lines.length > 0 ? [lines.join('\n')] : [];
}
