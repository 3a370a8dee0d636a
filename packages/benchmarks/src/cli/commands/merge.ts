import { readResult } from '../../evaluation-result';
import { mergeResults } from '../../merge-results';
import { readInputText } from '../input-files';
import { checkWritable, pageBeside } from '../output-files';
import { publish } from '../publish-result';
import type { Context } from '../terminal';

export interface MergeCommand {
  out: string;
  /** A file; or true, for one beside `out`. */
  report?: string | true;
  json?: boolean;
}

/** `agoge merge`. */
export async function merge(files: readonly string[], options: MergeCommand, context: Context): Promise<void> {
  const { out, json } = options;
  const report = options.report === true ? pageBeside(out) : options.report;
  await checkWritable('--out', out, 'file');
  if (report !== undefined) await checkWritable('--report', report, 'file');
  const texts = await Promise.all(files.map((file) => readInputText('file', file)));
  const results = texts.map((text, i) => readResult(text, files[i]));
  const { command } = context;
  await publish(mergeResults(results, { names: [...files], command }), { out, report, json }, context);
}
