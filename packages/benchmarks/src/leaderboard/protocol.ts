import { autoAttack } from '@agoge/attacks';
import { canonicalJson } from '@agoge/core';
import type { EvaluationResult } from '../evaluation-result';

const versions = ['standard', 'plus', 'rand', 'fast'] as const;

/** What a result was measured by: figures of two protocols never share a rank. */
export interface Protocol {
  /** The same for the same attacks with the same options on the same images. */
  key: string;
  /** `AutoAttack (standard)`, or the attacks in their order. */
  attacks: string;
  /** `1000 images (0 to 999)`. */
  images: string;
}

/** The attacks with their options, and the images. */
export function protocolOf({ attacks, records, n, threat }: EvaluationResult): Protocol {
  const ran = attacks.map(({ name, options }) => ({ name, options }));
  const index = records.map((each) => each.index).sort((a, b) => a - b);
  return {
    key: canonicalJson([ran, index]),
    attacks:
      autoAttackName(ran, threat) ?? attacks.map(({ name, options }) => named(name, options.steps)).join(', then '),
    images: `${n} images${isRun(index) ? ` (${index[0]} to ${index[index.length - 1]})` : ''}`,
  };
}

const named = (name: string, steps: unknown) => (typeof steps === 'number' ? `${name} (${steps} steps)` : name);
const isRun = (index: readonly number[]) => index.every((each, i) => i === 0 || each === index[i - 1] + 1);

/** AutoAttack by its version, if it ran as that version is and not in part or otherwise. */
function autoAttackName(
  ran: readonly Pick<EvaluationResult['attacks'][number], 'name' | 'options'>[],
  threat: EvaluationResult['threat'],
) {
  const { norm, eps } = threat;
  if ((norm !== 'linf' && norm !== 'l2' && norm !== 'l1') || eps === 0) return undefined;
  const text = canonicalJson(ran);
  const version = versions.find(
    (each) =>
      canonicalJson(autoAttack({ norm, eps, version: each }).map(({ name, options }) => ({ name, options }))) === text,
  );
  return version && `AutoAttack (${version})`;
}
