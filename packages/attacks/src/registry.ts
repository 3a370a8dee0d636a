import type { Attack } from '@agoge/core';
import { apgdAttack } from './apgd';
import { apgdTargetedAttack } from './apgd-targeted';
import { boundaryAttack } from './boundary';
import { cwAttack } from './cw';
import { ddnAttack } from './ddn';
import { deepfoolAttack } from './deepfool';
import { eadAttack } from './ead';
import { fabAttack, fabTargetedAttack } from './fab';
import { fgsmAttack } from './fgsm';
import { fmnAttack } from './fmn';
import { hopSkipJumpAttack } from './hop-skip-jump';
import { jsmaAttack } from './jsma';
import { miFgsmAttack } from './mi-fgsm';
import { multiTargetedAttack } from './multi-targeted';
import { nesAttack } from './nes';
import { noiseAttack } from './noise';
import { onePixelAttack } from './one-pixel';
import { pgdAttack } from './pgd';
import { spatialAttack } from './spatial';
import { spsaAttack } from './spsa';
import { squareAttack } from './square';

export type { AttackFacts, Passes } from './facts';
export { attackFacts } from './facts';

/** Attacks by name, from options as JSON: `attacks.pgd({ eps: 0.1 })`. */
export const attacks = {
  apgd: apgdAttack,
  apgdTargeted: apgdTargetedAttack,
  boundary: boundaryAttack,
  cw: cwAttack,
  ddn: ddnAttack,
  deepfool: deepfoolAttack,
  ead: eadAttack,
  fab: fabAttack,
  fabTargeted: fabTargetedAttack,
  fgsm: fgsmAttack,
  fmn: fmnAttack,
  hopSkipJump: hopSkipJumpAttack,
  jsma: jsmaAttack,
  miFgsm: miFgsmAttack,
  multiTargeted: multiTargetedAttack,
  nes: nesAttack,
  noise: noiseAttack,
  onePixel: onePixelAttack,
  pgd: pgdAttack,
  spatial: spatialAttack,
  spsa: spsaAttack,
  square: squareAttack,
} as const satisfies Record<string, (options: never) => Attack>;
