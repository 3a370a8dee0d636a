import type { Attack } from '@agoge/core';
import { apgdAttack } from './apgd';
import { fgsmAttack } from './fgsm';
import { pgdAttack } from './pgd';

/** Attacks by name, from options as JSON: `attacks.pgd({ eps: 0.1 })`. */
export const attacks = { fgsm: fgsmAttack, pgd: pgdAttack, apgd: apgdAttack } as const satisfies Record<
  string,
  (options: never) => Attack
>;
