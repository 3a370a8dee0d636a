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
  for (const { name, broken } of attacks) {
    standing -= broken;
    let label = name;
    for (let k = 2; after.has(label); k++) label = `${name} ${k}`;
    after.set(label, standing / n);
  }
  return after;
}

/** The scalars that a model's description lists; whatever else stands there is passed over. */
export function learnedOf({ model }: EvaluationResult): Learned[] {
  const { learned } = model;
  if (!Array.isArray(learned)) return [];
  return learned.filter(
    (each): each is Learned => typeof each?.name === 'string' && Number.isFinite(each?.value as number),
  );
}
