import { autoAttack } from '@agoge/attacks';
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

/** Attacks in no ball, with limits of their own: what they find outside the threat does not count. */
const withoutBall = new Set(['onePixel', 'spatial']);

const makerOf = (name: string) =>
  lookUp('agoge', 'attack', name, { ...versions, ...attackMakers }) as (options: object) => Attack | Attack[];

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

/** The norms that an attack takes, as its own check of them tells; any, where it has no ball. */
function normsOf(name: string): Ball['norm'][] {
  const make = makerOf(name);
  if (withoutBall.has(name)) return [...ballNorms];
  return ballNorms.filter((norm) => {
    try {
      make({ norm, eps: 1 });
      return true;
    } catch {
      return false;
    }
  });
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
