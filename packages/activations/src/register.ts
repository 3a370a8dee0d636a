/** Imported for its effect: tells tfjs the class names of our layers, so that `loadLayersModel` finds them. */
import { serialization } from '@tensorflow/tfjs-core';
import { CELU } from './celu';
import { ELU } from './elu';
import { GELU } from './gelu';
import { Mish } from './mish';
import { PBLU } from './pblu';
import { PELU } from './pelu';
import { PPELU } from './ppelu';
import { PPReLU } from './pprelu';
import { PReLU } from './prelu';
import { PSiLU } from './psilu';
import { PSoftplus } from './psoftplus';
import { PSSiLU } from './pssilu';
import { PSSiLUFixedBeta } from './pssilu-fixed-beta';
import { ReLU } from './relu';
import { SiLU } from './silu';
import { SmoothGradientReLU } from './smooth-gradient-relu';
import { SmoothReLU } from './smooth-relu';
import { Softplus } from './softplus';
import { Sparta } from './sparta/sparta';
import { SSiLU } from './ssilu';

for (const each of [
  CELU,
  ELU,
  GELU,
  Mish,
  PBLU,
  PELU,
  PPELU,
  PPReLU,
  PReLU,
  PSiLU,
  PSoftplus,
  PSSiLU,
  PSSiLUFixedBeta,
  ReLU,
  SiLU,
  SmoothGradientReLU,
  SmoothReLU,
  Softplus,
  Sparta,
  SSiLU,
]) {
  serialization.registerClass(each);
}
