import type { EvaluationResult, Warning } from './evaluation-result';
import { percent } from './percent';

type Measured = Pick<
  EvaluationResult,
  'n' | 'data' | 'threat' | 'cleanAccuracy' | 'robustAccuracy' | 'interval' | 'cleanInterval' | 'attacks' | 'records'
>;

/** Intervals wider than this (in accuracy) cannot tell two good defences apart. */
const wide = 0.1;

/** Of so many examples drawn evenly, half the classes or more are met but once in 500 times (of two classes; of more, far less often). */
const enough = 10;

/** What is doubtful in a result, as far as the figures themselves show it. */
export function warningsOf(result: Measured): Warning[] {
  const { n, data, threat, interval, cleanInterval, attacks, records, robustAccuracy, cleanAccuracy } = result;
  const warnings: Warning[] = [];
  const warn = (code: Warning['code'], message: string) => warnings.push({ code, message });

  const width = interval[1] - interval[0];
  if (width > wide) {
    const range = `${percent(interval[0])} to ${percent(interval[1])}`;
    warn('few-examples', `with ${n} examples the robust accuracy is known only to lie in ${range}`);
  }
  const seen = new Set(records.map(({ label }) => label)).size;
  if (n >= enough && seen <= Math.min(n, data.classes) / 2) {
    const order = 'data that lies class by class is to be drawn from, not taken from its beginning';
    warn('classes-missing', `the ${n} examples are of ${seen} of the ${data.classes} classes: ${order}`);
  }
  if (cleanInterval[0] <= 1 / data.classes) {
    const chance = percent(1 / data.classes);
    const what = `clean accuracy ${percent(cleanAccuracy)} is not clearly above chance (${chance})`;
    warn('no-better-than-chance', `${what}: robustness of such a model says nothing`);
  }
  if (!attacks.some(({ name }) => name.startsWith('apgd'))) {
    const ran = attacks.map(({ name }) => name).join(', ');
    warn('no-adaptive-attack', `no attack adapts its step size (ran: ${ran}): add apgd before trusting the number`);
  }
  if (cleanAccuracy > 0 && robustAccuracy === cleanAccuracy && threat.eps > 0) {
    const causes = 'eps is small for this model, or its gradients mislead the attacks';
    warn('nothing-broken', `no attack broke a single example: ${causes}`);
  }
  for (const { name, zeroGradients, attempted } of attacks.filter((each) => each.zeroGradients > 0)) {
    const share = `${zeroGradients} of the ${attempted} examples`;
    warn('zero-gradients', `${name} met gradients of exactly 0 on ${share} it attacked: it was blind there`);
  }
  for (const { name, refuted } of attacks.filter((each) => each.refuted > 0)) {
    warn('refuted', `${name} took ${refuted} images for broken that are classified as their label: they do not count`);
  }
  for (const { name, outside } of attacks.filter((each) => each.outside > 0)) {
    const what = `${outside} images of ${name} are misclassified but outside ${threat.norm} eps ${threat.eps}`;
    warn(
      'outside-threat',
      `${what}: they do not count, and the attack, which was not held to that, is weaker than it could be`,
    );
  }
  for (const { name, options } of attacks.filter(lacksClasses(data.classes))) {
    const what = `${name} ascended the margin, since there are only ${data.classes} classes`;
    warn('few-classes', `${what}: its loss "${options.loss}" needs more`);
  }
  const reach = (data.bounds[1] - data.bounds[0]) / 2;
  if (threat.norm === 'linf' && threat.eps >= reach && robustAccuracy > 0) {
    const what = `eps ${threat.eps} lets every image become the same grey`;
    warn('eps-reaches-grey', `${what}, so a robust accuracy above that of a constant answer means that attacks failed`);
  }
  return warnings;
}

/** Whether APGD had too few classes for the difference of logits ratio: it takes the margin then. */
const lacksClasses =
  (classes: number) =>
  ({ name, options }: Measured['attacks'][number]): boolean => {
    const needed = name === 'apgdTargeted' || options.targets !== undefined ? 4 : 3;
    return name.startsWith('apgd') && options.loss === 'dlr' && classes < needed;
  };
