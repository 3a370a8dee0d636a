import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunStateOptions } from '@agoge/attacks';
import { said, show } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { checkWritable, pageBeside } from './output-files';

/** What the user says of where an evaluation goes. */
export interface EvaluationPlaces {
  out?: string;
  report?: string;
  resume?: boolean;
  save?: 'float32' | 'uint8';
}

/** The files of an evaluation: the result, its report, and the state of the run until they are there. */
export interface EvaluationFiles {
  report?: string;
  state?: RunStateOptions;
  /** Of the state: shards keep theirs beside the run's. */
  folder?: string;
  /** Removes the state, unless it holds the images that were to be saved. Tells where these are. */
  tidyUp(): Promise<string | undefined>;
}

/** Folders of the state: of a run, and of one in shards. */
const parts = ['run', 'state', 'results', 'cache'];

/**
 * Says where an evaluation goes, before the work begins.
 *
 * @throws TypeError for a state that is there and is not to be gone on with: it may be of many hours
 */
export async function evaluationFiles({
  out,
  report,
  resume = false,
  save,
}: EvaluationPlaces): Promise<EvaluationFiles> {
  if (report !== undefined) await checkWritable('--report', report, 'file');
  if (out === undefined) {
    const option = resume ? '--resume' : save && '--save';
    if (option) throw said(new TypeError(`agoge: ${option} needs --out, beside which the run is kept`));
    return { report, tidyUp: async () => undefined };
  }
  await checkWritable('--out', out, 'file');
  const folder = `${out}.state`;
  const store = fileStore(folder);
  if (!resume && (await store.list('')).length > 0) {
    const advice = 'go on with it by --resume, or remove it';
    throw said(new TypeError(`agoge: ${show(folder)} holds a run that was begun: ${advice}`));
  }
  return {
    report: report ?? pageBeside(out),
    state: { store, images: save ?? 'none' },
    folder,
    async tidyUp() {
      if (save) return join(folder, 'run');
      for (const each of parts) await rm(join(folder, each), { recursive: true, force: true });
      await rmdir(folder).catch(() => undefined);
      return undefined;
    },
  };
}
