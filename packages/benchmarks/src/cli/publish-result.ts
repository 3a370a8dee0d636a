import { type EvaluationResult, writeResult } from '../evaluation-result';
import { writeReport } from '../report/report';
import { writeWhole } from './output-files';
import { contributions, footnote, summary, warn } from './summary';
import type { Context } from './terminal';

/** Where a result goes beside stdout. */
export interface ResultPlaces {
  out?: string;
  report?: string;
  /** Whether stdout gets it as JSON. */
  json?: boolean;
}

/** Writes a result to its file and its report, and tells it on stdout. */
export async function publish(
  result: EvaluationResult,
  { out, report, json }: ResultPlaces,
  context: Pick<Context, 'stdout' | 'stderr'>,
): Promise<void> {
  const { stdout, stderr } = context;
  if (out !== undefined) await writeWhole(out, writeResult(result));
  if (report !== undefined) await writeWhole(report, await writeReport([result]));
  warn([result], context);
  stdout.write(json ? writeResult(result) : `${summary([result])}\n${contributions(result)}\n${footnote([result])}`);
  if (out !== undefined) stderr.write(`result: ${out}\n`);
  if (report !== undefined) stderr.write(`report: ${report}\n`);
}
