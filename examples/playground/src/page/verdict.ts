import type { ClassifierCard } from './classifier-card';
import { percent } from './element';

/** What became of a classifier under attack, in a sentence; nothing where it was not attacked. */
export function verdictOn(card: ClassifierCard, who: string): string {
  const outcome = card.outcome();
  if (!outcome) return '';
  const { probabilities } = outcome.last;
  const answer = probabilities.indexOf(Math.max(...probabilities));
  const clean = card.frames()[0].probabilities;
  if (clean.indexOf(Math.max(...clean)) !== card.label()) return `${who} was wrong before any attack.`;
  const passes = `${outcome.forwards} looks`;
  if (!outcome.broken) return `${who} stands: it still reads ${answer}, after ${passes}.`;
  return `${who} falls: it reads ${answer}, ${percent(probabilities[answer])} sure, at a distance of ${Number(outcome.distance.toPrecision(3))}, after ${passes}.`;
}
