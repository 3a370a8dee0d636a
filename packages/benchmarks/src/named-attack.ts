import { attacks } from '@agoge/attacks/registry';
import { type Attack, lookUp } from '@agoge/core';

/** The attacks of the registry, as makers that take their options unchecked: each checks its own. */
export const attackMakers: Readonly<Record<string, (options: never) => Attack>> = attacks;

/**
 * An attack by its name in the registry.
 *
 * @param who asks, for messages
 */
export function namedAttack(who: string, { name, options }: { name: string; options: object }): Attack {
  return lookUp(who, 'attack', name, attackMakers)(options as never);
}
