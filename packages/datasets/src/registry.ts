import type { Batches } from '@agoge/core';
import { digits } from './digits';
import { mnist } from './mnist';

/** Data sets by name, for the command and for jobs: options are JSON, but for the store of those that are read from one. */
export const datasets: Record<string, (options?: object) => Batches | Promise<Batches>> = {
  digits,
  mnist: mnist as (options?: object) => Promise<Batches>,
};
