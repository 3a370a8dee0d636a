import { arrayOf, checkOptions, checkValue, object, required, said, show } from '@agoge/core';
import type { EvaluationResult, Threat } from '../evaluation-result';
import { type Doubt, doubtsOf } from '../gate/doubts';
import { epsText } from '../percent';
import { protocolOf } from './protocol';
import { httpLink, type PublishedModel } from './published';

/** A model on a board. */
export interface LeaderboardRow {
  name: string;
  /** From 1 within its protocol; `null` where the number is not to be trusted. */
  rank: number | null;
  /** Why it has no rank. */
  refused: string[];
  cleanAccuracy: number;
  /** What every attack known left: of published models the lesser of AutoAttack's and of `external`. */
  robustAccuracy: number;
  /** 95 % intervals; `null` for published models. */
  cleanInterval: readonly [low: number, high: number] | null;
  interval: readonly [low: number, high: number] | null;
  /** The accuracy under another attack than the protocol's, where one is known. */
  external: number | null;
  additionalData: boolean | null;
  parameters: number | null;
  architecture: string | null;
  venue: string | null;
  authors: string | null;
  link: string | null;
  /** Warnings that leave the rank, and footnotes. */
  notes: string[];
}

/** Rows that were measured alike, by rank; the refused last. */
export interface LeaderboardTable {
  /** What ran: `AutoAttack (standard)`. */
  attacks: string;
  /** On what: `1000 images (0 to 999)`. */
  images: string;
  /** Whether the figures are others': published, and not measured here. */
  published: boolean;
  rows: LeaderboardRow[];
}

/** One data set and one threat. */
export interface LeaderboardGroup {
  /** The name that was given, else what the command called it. */
  data: string;
  /** Of the images; `null` where only published figures are. */
  hash: string | null;
  threat: Threat;
  tables: LeaderboardTable[];
}

/** Results beside each other; plain JSON. */
export interface Leaderboard {
  groups: LeaderboardGroup[];
}

export interface LeaderboardOptions {
  /** Models that others measured, as {@link readPublished} reads them. */
  published?: readonly PublishedModel[];
  /**
   * Names of data by their hash: results on these images stand beside the models that are published for data of this name.
   * Default: none, and every hash is a group of its own.
   */
  dataNames?: Readonly<Record<string, string>>;
  /** What else speaks against a result, by its place in the list: weights that are not what their hash says, say. */
  doubts?: Readonly<Record<number, readonly string[]>>;
}

/**
 * Sets results beside each other: grouped by data (its hash) and threat, in each group a table for each protocol, which is
 * the attacks with their options and the images. Ranks are within a table alone, by robust accuracy; a result whose checks
 * failed ({@link doubtsOf}) has none and says why.
 *
 * @param results as {@link evaluate} gives or {@link readResult} reads them
 * @returns groups by name and eps; tables with most rows first, published figures last
 * @throws TypeError for options, and for a name in `dataNames` that is not what the results were measured on
 * @example
 * const board = leaderboard(results, { published, dataNames: { [hash]: 'cifar10' } });
 * await writeFile('board.html', leaderboardPage(board));
 */
export function leaderboard(results: readonly EvaluationResult[], options: LeaderboardOptions = {}): Leaderboard {
  checkValue('leaderboard', 'results', results, required(arrayOf(object)));
  checkOptions('leaderboard', options, { published: arrayOf(object), dataNames: object, doubts: object });
  const { published = [], dataNames = {}, doubts = {} } = options;
  const groups = new Map<string, LeaderboardGroup & { byProtocol: Map<string, LeaderboardTable> }>();
  const groupOf = (data: string, hash: string | null, threat: Threat) => {
    const key = `${hash === null || Object.hasOwn(dataNames, hash) ? data : hash} ${threat.norm} ${threat.eps.toPrecision(6)}`;
    const found = groups.get(key) ?? { data, hash, threat, tables: [], byProtocol: new Map() };
    found.hash ??= hash;
    if (found.data === unnamed) found.data = data;
    groups.set(key, found);
    return found;
  };
  const tableOf = (
    group: { byProtocol: Map<string, LeaderboardTable> },
    key: string,
    head: Omit<LeaderboardTable, 'rows'>,
  ) => {
    const table = group.byProtocol.get(key) ?? { ...head, rows: [] };
    group.byProtocol.set(key, table);
    return table;
  };

  for (const [i, result] of results.entries()) {
    const { hash } = result.data;
    const called = calledBy(result);
    const given = Object.hasOwn(dataNames, hash) ? dataNames[hash] : undefined;
    if (given !== undefined && called !== undefined && called !== given) {
      const what = `${result.model.name} was measured on ${show(called)}: these images cannot be called ${show(given)}`;
      throw said(new TypeError(`leaderboard: ${what}`));
    }
    const { key, attacks, images } = protocolOf(result);
    const group = groupOf(given ?? called ?? unnamed, hash, result.threat);
    tableOf(group, key, { attacks, images, published: false }).rows.push(ownRow(result, doubts[i] ?? []));
  }
  for (const model of published) {
    const head = { attacks: 'AutoAttack, as published', images: 'not measured here', published: true };
    tableOf(groupOf(model.dataset, null, model.threat), 'published', head).rows.push(publishedRow(model));
  }
  return { groups: [...groups.values()].map(finished).sort(byName) };
}

/** What the command that made a result called its data; a file's name is no name. */
function calledBy({ run: { command = '' } }: EvaluationResult): string | undefined {
  const [, called] = /^agoge .*?\s--data[ =]([\w-]+)(?=\s|$)/.exec(command) ?? [];
  if (called !== undefined || /^agoge .*\s--data[ =]/.test(command)) return called;
  // The default of these commands.
  return /^agoge (evaluate|demo)\b/.test(command) ? 'digits' : undefined;
}

function finished({
  byProtocol,
  ...group
}: LeaderboardGroup & { byProtocol: Map<string, LeaderboardTable> }): LeaderboardGroup {
  const tables = [...byProtocol.values()].map((table) => ({ ...table, rows: ranked(table.rows) }));
  tables.sort(
    (a, b) =>
      Number(a.published) - Number(b.published) || b.rows.length - a.rows.length || (a.attacks < b.attacks ? -1 : 1),
  );
  return { ...group, tables };
}

const byName = (a: LeaderboardGroup, b: LeaderboardGroup) =>
  a.data.localeCompare(b.data, 'en') || a.threat.norm.localeCompare(b.threat.norm, 'en') || a.threat.eps - b.threat.eps;

/** By robust accuracy, then clean; equals share a rank. */
function ranked(rows: readonly LeaderboardRow[]): LeaderboardRow[] {
  const better = (a: LeaderboardRow, b: LeaderboardRow) =>
    b.robustAccuracy - a.robustAccuracy || b.cleanAccuracy - a.cleanAccuracy || (a.name < b.name ? -1 : 1);
  const sound = rows.filter(({ refused }) => refused.length === 0).sort(better);
  const rankOf = (robust: number) => 1 + sound.filter((each) => each.robustAccuracy > robust).length;
  return [
    ...sound.map((row) => ({ ...row, rank: rankOf(row.robustAccuracy) })),
    ...rows.filter(({ refused }) => refused.length > 0).sort(better),
  ];
}

/** Of data that nobody named: their hash tells them apart. */
const unnamed = 'data without a name';

const told = (each: { code: string; message: string }) => `${each.message} (${each.code})`;

function ownRow(result: EvaluationResult, others: readonly string[]): LeaderboardRow {
  const { model, cleanAccuracy, cleanInterval, robustAccuracy, interval, warnings } = result;
  const doubts: Doubt[] = doubtsOf(result);
  return {
    name: model.name,
    rank: null,
    refused: [...others, ...doubts.map(told)],
    ...{ cleanAccuracy, robustAccuracy, cleanInterval, interval },
    external: null,
    additionalData: typeof model.additional_data === 'boolean' ? model.additional_data : null,
    parameters: typeof model.number_of_parameters === 'number' ? model.number_of_parameters : null,
    architecture: architectureOf(model),
    venue: textOf(model.venue),
    authors: textOf(model.authors),
    link: httpLink(textOf(model.link)),
    notes: warnings.filter(({ code }) => !doubts.some((each) => each.code === code)).map(told),
  };
}

const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);

/** `resnet18, pssilu`, of a description of ours; or the text that stands there. */
function architectureOf({ architecture, activation }: EvaluationResult['model']): string | null {
  const names = [architecture, activation].map(
    (each) => textOf(each) ?? textOf((each as { name?: unknown } | null)?.name),
  );
  return names.filter((each) => each !== null).join(', ') || null;
}

function publishedRow(model: PublishedModel): LeaderboardRow {
  const { name, cleanAccuracy, autoAttackAccuracy, externalAccuracy, unreliable, footnote, reported, threat } = model;
  const { additionalData, parameters, architecture, venue, authors, link } = model;
  return {
    ...{ name, rank: null, cleanAccuracy, cleanInterval: null, interval: null },
    robustAccuracy: Math.min(autoAttackAccuracy, externalAccuracy ?? 1),
    refused: unreliable ? [`RobustBench calls AutoAttack unreliable on it at eps ${epsText(threat.eps)}`] : [],
    external: externalAccuracy,
    ...{ additionalData, parameters, architecture, venue, authors, link },
    notes: [
      ...(reported === null ? [] : [`reported by its authors: ${(100 * reported).toFixed(2)} %`]),
      ...(footnote === null ? [] : [footnote]),
    ],
  };
}
