import { autoAttack } from '@agoge/attacks';
import { type AttackFacts, attackFacts } from '@agoge/attacks/registry';
import { type Attack, lookUp, said } from '@agoge/core';
import { attackMakers } from '../named-attack';
import { ballNorms } from './declaration';

/** What `--norm` and `--eps` say. */
export interface BallChoice {
  norm?: (typeof ballNorms)[number];
  eps: number;
}
type Ball = Required<BallChoice>;

const versions = Object.fromEntries(
  (['fast', 'standard', 'plus', 'rand'] as const).map((version) => [
    version,
    (options: object) => autoAttack({ ...(options as { eps: number }), version }),
  ]),
);

const facts: Readonly<Record<string, Pick<AttackFacts, 'norms'>>> = {
  ...Object.fromEntries(Object.keys(versions).map((name) => [name, attackFacts.apgd])),
  ...attackFacts,
};

/** Attacks in no ball, with limits of their own: what they find outside the threat does not count. */
const withoutBall = new Set(['onePixel', 'spatial']);

const makers = { ...versions, ...attackMakers };
const makerOf = (name: string) => lookUp('agoge', 'attack', name, makers) as (options: object) => Attack | Attack[];

/**
 * Attacks by their names in the registry, or all of a version of AutoAttack, and the ball that they search: in the norm that is
 * said, else in the first of linf, l2, l1, l0 that all of them take.
 *
 * @param own options of the attacks beside norm and eps, which they override
 * @throws TypeError for a norm that an attack does not take, and for attacks that share none
 */
export function attacksByName(
  names: readonly string[],
  { norm: given, eps }: BallChoice,
  own: Readonly<Record<string, unknown>> = {},
): { attacks: Attack[]; ball: Ball } {
  const ball = { norm: given ?? sharedNorm(names), eps };
  if (given !== undefined) for (const name of names) checkNorm(name, given);
  const attacks = names.flatMap((name) => makerOf(name)({ ...(!withoutBall.has(name) && ball), ...own }));
  return { attacks, ball };
}

/** The norms that an attack, or every attack of a version, takes; any, where it has no ball. */
function normsOf(name: string): readonly Ball['norm'][] {
  if (withoutBall.has(name)) return ballNorms;
  const { norms } = lookUp('agoge', 'attack', name, facts);
  return ballNorms.filter((norm) => norms.includes(norm));
}

function sharedNorm(names: readonly string[]): Ball['norm'] {
  const norms = names.map(normsOf);
  const shared = ballNorms.find((norm) => norms.every((each) => each.includes(norm)));
  if (shared !== undefined) return shared;
  const each = names.map((name, i) => `${name} takes ${norms[i].join(' or ')}`);
  throw said(new TypeError(`agoge: the attacks share no norm: ${each.join(', ')}`));
}

function checkNorm(name: string, norm: Ball['norm']): void {
  const norms = normsOf(name);
  if (norms.includes(norm)) return;
  throw said(new TypeError(`agoge: attack ${name} takes --norm ${norms.join(' or ')}, got ${norm}`));
}
