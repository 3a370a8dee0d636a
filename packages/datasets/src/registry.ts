import type { Batches } from '@agoge/core';
import { digits } from './digits';

/** Data sets by name, for the command and for jobs: options are JSON. */
export const datasets: Record<string, (options?: object) => Batches | Promise<Batches>> = { digits };
