import { epsText, percent } from '../percent';
import type { LeaderboardGroup, LeaderboardRow, LeaderboardTable } from './leaderboard';

/** The words that page and Markdown share. */
export const columns = [
  'Rank',
  'Model',
  'Clean',
  'Robust',
  '95 % interval',
  'External',
  'Extra data',
  'Parameters',
  'Architecture',
  'Venue',
] as const;

/** `cifar10, linf eps 8/255`. */
export const groupTitle = ({ data, threat }: LeaderboardGroup): string =>
  `${data}, ${threat.norm} eps ${epsText(threat.eps)}`;

/** What all rows of a table share. */
export const tableTitle = ({ attacks, images, published }: LeaderboardTable): string =>
  published ? `${attacks} (RobustBench): ${images}` : `Measured here: ${attacks}, ${images}`;

/** The cells of a row under {@link columns}; `–` where nothing is known. */
export function cells(row: LeaderboardRow): string[] {
  const { rank, name, cleanAccuracy, robustAccuracy, interval, external, additionalData, parameters } = row;
  return [
    rank === null ? 'refused' : String(rank),
    name,
    percent(cleanAccuracy),
    percent(robustAccuracy),
    interval === null ? '–' : `${percent(interval[0])} to ${percent(interval[1])}`,
    external === null ? '–' : percent(external),
    additionalData === null ? '–' : additionalData ? 'yes' : 'no',
    parameters === null ? '–' : parametersText(parameters),
    row.architecture ?? '–',
    row.venue ?? '–',
  ];
}

const parametersText = (n: number) =>
  n >= 1e6 ? `${(n / 1e6).toFixed(1)} M` : n >= 1e4 ? `${(n / 1e3).toFixed(0)} k` : String(n);
