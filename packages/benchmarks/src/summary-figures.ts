import type { EvaluationResult } from './evaluation-result';

/** A scalar that an activation learned, as the description of a model may list it. */
interface Learned {
  name: string;
  value: number;
}

/** What was left after each attack of a result, by the attack's name (a second of one name is `pgd 2`). */
export function accuracyAfter({ attacks, n, cleanAccuracy }: EvaluationResult): Map<string, number> {
  const after = new Map<string, number>();
  let standing = Math.round(cleanAccuracy * n);
  for (const { name, newlyBroken } of attacks) {
    standing -= newlyBroken;
    let label = name;
    for (let k = 2; after.has(label); k++) label = `${name} ${k}`;
    after.set(label, standing / n);
  }
  return after;
}

/** The scalars that a model's description lists, as text; whatever else stands there is passed over. */
export function learnedBy({ model: { learned } }: Pick<EvaluationResult, 'model'>): string {
  if (!Array.isArray(learned)) return '';
  return learned.filter(isLearned).map(scalarText).join(', ');
}

/** `alpha 1.735`, of `pssilu/alpha`. */
export function scalarText({ name, value }: Learned): string {
  return `${name.slice(name.lastIndexOf('/') + 1)} ${value.toFixed(3)}`;
}

const isLearned = (each: Partial<Learned> | null): each is Learned =>
  typeof each?.name === 'string' && Number.isFinite(each.value);
