import type { Attack } from '@agoge/core';
import { apgdAttack } from './apgd';
import { apgdTargetedAttack } from './apgd-targeted';
import { ddnAttack } from './ddn';
import { deepfoolAttack } from './deepfool';
import { fabAttack, fabTargetedAttack } from './fab';
import { fgsmAttack } from './fgsm';
import { fmnAttack } from './fmn';
import { pgdAttack } from './pgd';
import { squareAttack } from './square';

/** Attacks by name, from options as JSON: `attacks.pgd({ eps: 0.1 })`. */
export const attacks = {
  apgd: apgdAttack,
  apgdTargeted: apgdTargetedAttack,
  ddn: ddnAttack,
  deepfool: deepfoolAttack,
  fab: fabAttack,
  fabTargeted: fabTargetedAttack,
  fgsm: fgsmAttack,
  fmn: fmnAttack,
  pgd: pgdAttack,
  square: squareAttack,
} as const satisfies Record<string, (options: never) => Attack>;
