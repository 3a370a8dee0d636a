import type { Bounds, ImageShape } from '@agoge/core';
import type { ChannelFigures } from './data-figures';
import { percent } from './percent';

/** What `agoge data` says of a data set: also the form of its JSON. */
export interface DataSummary {
  schema: 'agoge/data@1';
  name: string;
  /** `null` where the set has no parts. */
  split: string | null;
  options: Record<string, unknown>;
  /** What was done to the images before they were measured; `null` for nothing. */
  corruption: { name: string; severity: number; seed: number } | null;
  examples: number;
  shape: ImageShape;
  bounds: Bounds;
  /** The least and the largest value that an image has. */
  range: readonly [min: number, max: number];
  /** By label; `name` is the label itself where classes have none. */
  classes: readonly { label: number; name: string; examples: number }[];
  /** Of the smallest and of the largest class. */
  examplesPerClass: { min: number; max: number };
  channels: readonly ChannelFigures[];
  hash: string;
  /** As commonly stated; `null` where nothing is known. */
  licence: string | null;
  /** Where the set is described, and its licence to be read. */
  home: string | null;
}

/** `mnist, test, fog of severity 3`. */
export function titleOf({ name, split, corruption }: Pick<DataSummary, 'name' | 'split' | 'corruption'>): string {
  const spoilt = corruption && `${corruption.name.replaceAll('_', ' ')} of severity ${corruption.severity}`;
  return [name, split, spoilt].filter(Boolean).join(', ');
}

const figure = (value: number) => String(Number(value.toPrecision(5)));

/** The rows of a table of channels, under {@link channelHead}. */
export function channelRows({ channels }: DataSummary): string[][] {
  const names = channels.length === 3 ? ['red', 'green', 'blue'] : channels.length === 1 ? ['grey'] : undefined;
  return channels.map(({ mean, std, min, max }, c) => [names?.[c] ?? String(c), ...[mean, std, min, max].map(figure)]);
}

export const channelHead = ['channel', 'mean', 'std', 'min', 'max'] as const;

/** The rows of a table of classes, under {@link classHead}. */
export function classRows({ classes, examples }: DataSummary): string[][] {
  return classes.map(({ label, name, examples: some }) => [
    name === String(label) ? name : `${label} ${name}`,
    String(some),
    percent(some / examples),
  ]);
}

export const classHead = ['class', 'examples', 'share'] as const;

/** All else, as names and values. */
export function dataFacts({ examples, shape, bounds, range, classes, ...summary }: DataSummary): [string, string][] {
  const { min, max } = summary.examplesPerClass;
  const facts: [string, string | null][] = [
    ['images', `${examples} of ${shape.join(' x ')}, ${classes.length} classes`],
    ['of a class', min === max ? String(min) : `${min} to ${max}`],
    ['values', `${range.map(figure).join(' to ')}, within bounds ${bounds.join(' to ')}`],
    ['sha256', summary.hash],
    ['licence', summary.licence],
    ['source', summary.home],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== null);
}
