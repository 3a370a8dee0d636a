import { arrayOf, FormatError, parseJson, type Rule } from '@agoge/core';
import type { Threat } from '../evaluation-result';

/** A model as its authors or RobustBench published it; nothing of it was measured here. Accuracies from 0 to 1. */
export interface PublishedModel {
  name: string;
  authors: string | null;
  link: string | null;
  venue: string | null;
  architecture: string | null;
  /** As the file names it: `cifar10`. */
  dataset: string;
  threat: Threat;
  /** Whether it was trained on data beside the set's. */
  additionalData: boolean | null;
  parameters: number | null;
  cleanAccuracy: number;
  autoAttackAccuracy: number;
  /** The least that any attack beside AutoAttack left, where one is known. */
  externalAccuracy: number | null;
  /** What the authors reported. */
  reported: number | null;
  /** RobustBench's flag: an attack was found that AutoAttack misses. */
  unreliable: boolean;
  footnote: string | null;
}

type Json = Readonly<Record<string, unknown>>;

const scalar: Rule = {
  expected: 'a string, a number, a boolean or null',
  test: (value) => (value === null || ['string', 'number', 'boolean'].includes(typeof value) ? 'ok' : 'kind'),
};
const words = arrayOf(scalar);
const norms = { linf: 'linf', l2: 'l2', l1: 'l1' } as const;

/** Whether JSON looks like a `model_info` of RobustBench. */
export function isPublished(value: unknown): value is Json {
  const keys = ['dataset', 'clean_acc', 'name'];
  return typeof value === 'object' && value !== null && keys.every((key) => Object.hasOwn(value, key));
}

/**
 * Reads a `model_info/DATASET/NORM/MODEL.json` of RobustBench, which may come from anybody: percentages as text, `8/255`,
 * and `null` for what is not known. The norm is not in the file, but in the name of its folder.
 *
 * @param who the file's name, for messages
 * @param norm `Linf`, `L2`; whatever its case
 * @throws FormatError for another norm (`corruptions` are no attack), and for what is no such file
 */
export function readPublished(text: string, who: string, norm: string): PublishedModel {
  const value = parseJson(who, text);
  if (!isPublished(value))
    throw new FormatError(who, 'is no model_info of RobustBench: dataset, name and clean_acc are needed');
  const known = norms[norm.toLowerCase() as keyof typeof norms];
  if (known === undefined)
    throw new FormatError(who, `its norm must be Linf, L2 or L1 (the name of its folder), got "${norm}"`);
  const read = reader(who, value);
  const clean = read.share('clean_acc');
  const auto = read.share('autoattack_acc');
  if (clean === null || auto === null) throw new FormatError(who, 'clean_acc and autoattack_acc must be percentages');
  const eps = read.eps('eps');
  return {
    name: read.text('name') ?? who,
    authors: read.text('authors'),
    link: httpLink(read.text('link')),
    venue: read.text('venue'),
    architecture: read.text('architecture'),
    dataset: read.text('dataset') ?? '',
    threat: { norm: known, eps },
    additionalData: read.flag('additional_data'),
    parameters: read.number('number_of_parameters'),
    cleanAccuracy: clean,
    autoAttackAccuracy: auto,
    externalAccuracy: least(read.share('external'), read.share('best_external_acc')),
    reported: read.share('reported'),
    unreliable: read.flag('unreliable') ?? false,
    footnote: read.text('footnote')?.replace(/<[^>]*>/g, '') ?? null,
  };
}

/** The one kind of address that a page links to. */
export function httpLink(link: string | null): string | null {
  return link !== null && /^https?:\/\/[^\s"'<>]+$/.test(link) ? link : null;
}

const least = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.min(a, b));

function reader(who: string, value: Json) {
  const raw = (key: string): unknown => {
    const found = Object.hasOwn(value, key) ? value[key] : null;
    if (scalar.test(found) !== 'ok' && words.test(found) !== 'ok') {
      throw new FormatError(who, `${key} must be ${scalar.expected}`);
    }
    return found;
  };
  const text = (key: string) => {
    const found = raw(key);
    const said = Array.isArray(found) ? found.join(', ') : String(found ?? '');
    return ['', 'null', 'None', '-'].includes(said.trim()) ? null : said.trim();
  };
  const number = (key: string) => {
    const said = text(key);
    const found = said === null ? null : Number(said.replace(/[,%\s]/g, ''));
    return found === null || !Number.isFinite(found) || found < 0 ? null : found;
  };
  return {
    text,
    number,
    /** Of percentages. */
    share(key: string) {
      const found = number(key);
      if (found !== null && found > 100) throw new FormatError(who, `${key} must be a percentage, got ${found}`);
      return found === null ? null : found / 100;
    },
    /** `true`, `"true"`. */
    flag(key: string) {
      const said = text(key)?.toLowerCase();
      return said === 'true' ? true : said === 'false' ? false : null;
    },
    /** `8/255`, `0.5`. */
    eps(key: string) {
      const [, top, bottom = '1'] = /^([\d.]+)(?:\s*\/\s*([\d.]+))?$/.exec(text(key) ?? '') ?? [];
      const found = Number(top) / Number(bottom);
      if (!(found > 0) || !Number.isFinite(found))
        throw new FormatError(who, `${key} must be a radius such as 8/255, got ${text(key)}`);
      return found;
    },
  };
}
