import { Command } from 'commander';
import type { Declare } from '../declaration';

/** Declares `agoge job`, which `--workers` starts: for processes, without help. */
export const jobCommand: Declare = (context) =>
  new Command('job').action(async () => (await import('./job')).job(context()));
