import type { EvaluationResult } from '../evaluation-result';
import { epsText } from '../percent';

/** A result as a report shows it. */
export interface Entry {
  result: EvaluationResult;
  /** The model's, with what tells it from other results of the same model. */
  name: string;
  /** The same for all results of a model. */
  color: string;
  /** Class of whatever shows this model alone: a reader can hide it. */
  own: string;
}

const palette = 8;

/** The page's own colours, light and dark, over and over. */
export const color = (i: number): string => `var(--m${i % palette})`;

/** Results with names, no two the same, and a colour for each model. */
export function entriesOf(results: readonly EvaluationResult[]): Entry[] {
  const models = [...new Set(results.map(({ model }) => model.name))];
  const taken = new Set<string>();
  return results.map((result) => {
    const { model, threat } = result;
    const same = results.filter((each) => each.model.name === model.name);
    const tellsEps = new Set(same.map((each) => each.threat.eps)).size > 1;
    const base = tellsEps ? `${model.name}, eps ${epsText(threat.eps)}` : model.name;
    let name = base;
    for (let k = 2; taken.has(name); k++) name = `${base} (${k})`;
    taken.add(name);
    const i = models.indexOf(model.name);
    return { result, name, color: color(i), own: `of-${i}` };
  });
}
