import type { Batches } from '@agoge/core';
import { emnistClassNames } from '@agoge/datasets';
import { namedSets } from '@agoge/datasets/registry';

/** What is known of a data set beside what it holds. */
export interface DataOrigin {
  /** By label. */
  classNames?: readonly string[];
  licence?: string;
  home?: string;
}

/** Of sets that come with a package and are published as another. */
const embedded: Readonly<Record<string, DataOrigin>> = {
  digits: { licence: 'CC BY 4.0', home: 'https://doi.org/10.24432/C50P49' },
};

/** What is known of a data set: by its own word, else by its name. */
export function dataOrigin(name: string, options: Readonly<Record<string, unknown>>, data: Batches): DataOrigin {
  const { classNames: own } = data as Batches & DataOrigin;
  if (Object.hasOwn(embedded, name)) return embedded[name];
  if (!Object.hasOwn(namedSets, name)) return { classNames: own };
  const { classNames, licence, home } = namedSets[name];
  const { part } = options as { part?: keyof typeof emnistClassNames };
  const known = own ?? (name === 'emnist' && part ? emnistClassNames[part] : classNames);
  // The coarse classes of CIFAR-100 have no names there.
  return { licence, home, ...(known.length === data.classes && { classNames: known }) };
}
