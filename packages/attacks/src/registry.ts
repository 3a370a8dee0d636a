import type { Attack } from '@agoge/core';
import { apgdAttack } from './apgd';
import { fabAttack, fabTargetedAttack } from './fab';
import { fgsmAttack } from './fgsm';
import { pgdAttack } from './pgd';
import { squareAttack } from './square';

/** Attacks by name, from options as JSON: `attacks.pgd({ eps: 0.1 })`. */
export const attacks = {
  apgd: apgdAttack,
  fab: fabAttack,
  fabTargeted: fabTargetedAttack,
  fgsm: fgsmAttack,
  pgd: pgdAttack,
  square: squareAttack,
} as const satisfies Record<string, (options: never) => Attack>;
