import type { EvaluationResult } from '../evaluation-result';
import { percent } from '../percent';
import { accuracyAfter, learnedBy } from '../summary-figures';
import { type Context, table } from './terminal';

/** Results as a table for a terminal. */
export function summary(results: readonly EvaluationResult[]): string {
  const after = results.map(accuracyAfter);
  const attacks = [...new Set(after.flatMap((each) => [...each.keys()]))];
  const anyLearned = results.some((each) => learnedBy(each) !== '');
  const head = ['model', 'clean', ...attacks.map((name) => `after ${name}`), 'robust', '95 % interval'];
  const rows = results.map((result, i) => [
    result.model.name,
    percent(result.cleanAccuracy),
    ...attacks.map((name) => (after[i].has(name) ? percent(after[i].get(name) ?? 0) : '')),
    percent(result.robustAccuracy),
    `${percent(result.interval[0])} to ${percent(result.interval[1])}`,
    ...(anyLearned ? [learnedBy(result)] : []),
  ]);
  return table(anyLearned ? [...head, 'learned'] : head, rows);
}

/** What each attack of a result did, as a table for a terminal. */
export function contributions(result: EvaluationResult): string {
  const { attacks, run } = result;
  const head = ['attack', 'met', 'broke', 'new', 'alone', 'forwards', 'backwards', 'seconds'];
  const names = [...accuracyAfter(result).keys()];
  const rows = attacks.map(({ attempted, broken, newlyBroken, unique, forwards, backwards }, i) => {
    const each = (passes: number) => (attempted === 0 ? '–' : (passes / attempted).toFixed(1));
    const counts = [attempted, broken, newlyBroken].map(String);
    const alone = unique === null ? '–' : String(unique);
    return [names[i], ...counts, alone, each(forwards), each(backwards), run.attackSeconds[i].toFixed(1)];
  });
  return table(head, rows);
}

/** What was measured on what, in a line, and what the figures cannot say. */
export function footnote(results: readonly EvaluationResult[]): string {
  const [{ n, threat, attacks, run }] = results;
  const names = attacks.map(({ name, options: { steps } }) =>
    steps === undefined ? name : `${name} (${steps} steps)`,
  );
  const eps = Number(threat.eps.toPrecision(4));
  return `${n} images, ${threat.norm} eps ${eps}, attacked by ${names.join(' then ')}, seed ${run.seed}, ${run.backend}.
Robust accuracy is an upper bound until stronger attacks have tried.\n`;
}

/** The warnings of results, on stderr. */
export function warn(results: readonly EvaluationResult[], { stderr }: Pick<Context, 'stderr'>): void {
  for (const { model, warnings } of results) {
    for (const { code, message } of warnings) stderr.write(`warning: ${model.name}: ${message} (${code})\n`);
  }
}
