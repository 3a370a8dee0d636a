import type { EvaluationResult } from '../evaluation-result';
import { markdownTable, markdownText } from '../markdown';
import { percent } from '../percent';
import { accuracyAfter } from '../summary-figures';
import type { GateVerdict } from './gate';

/**
 * A result and its verdict as Markdown: what `agoge evaluate --min-robust` appends to the summary of a GitHub step.
 *
 * @returns a heading, the figures, what each attack left, warnings, and the command; every text of the result escaped
 */
export function stepSummary(result: EvaluationResult, { passed, bound, doubts }: GateVerdict, atLeast: number): string {
  const { model, n, cleanAccuracy, robustAccuracy, interval, threat, warnings, run } = result;
  const left = [...accuracyAfter(result)];
  const notes = [
    ...doubts.map(({ code, message }) => `**not to be trusted**: ${markdownText(message)} (${code})`),
    ...warnings
      .filter(({ code }) => !doubts.some((each) => each.code === code))
      .map(({ code, message }) => `${markdownText(message)} (${markdownText(code)})`),
  ];
  return `${[
    `### Robustness of ${markdownText(model.name)}: ${passed ? 'passed' : 'failed'}`,
    `At least ${percent(atLeast)} was asked for; the lower end of the interval counts, and is **${percent(bound)}**.`,
    markdownTable(
      ['threat', 'images', 'clean', 'robust', '95 % interval'],
      [
        [
          `${threat.norm} eps ${Number(threat.eps.toPrecision(4))}`,
          String(n),
          percent(cleanAccuracy),
          `**${percent(robustAccuracy)}**`,
          `${percent(interval[0])} to ${percent(interval[1])}`,
        ],
      ],
    ).trimEnd(),
    markdownTable(
      ['attack', 'met', 'broke', 'accuracy left'],
      result.attacks.map(({ attempted, broken }, i) => [
        markdownText(left[i][0]),
        String(attempted),
        String(broken),
        percent(left[i][1]),
      ]),
    ).trimEnd(),
    ...(notes.length > 0 ? [notes.map((each) => `- ${each}`).join('\n')] : []),
    ...(run.command === undefined ? [] : [fenced(run.command)]),
  ].join('\n\n')}\n\n`;
}

/** A block that no text ends early. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}sh\n${text}\n${fence}`;
}
