/** Imported for its effect: tells tfjs the class names of our layers, so that `loadLayersModel` finds them. */
import { serialization } from '@tensorflow/tfjs-core';
import { PSoftplus } from './psoftplus';
import { PSSiLU } from './pssilu';
import { ReLU } from './relu';
import { SiLU } from './silu';
import { Softplus } from './softplus';
import { Sparta } from './sparta/sparta';

for (const each of [ReLU, SiLU, Softplus, PSoftplus, PSSiLU, Sparta]) serialization.registerClass(each);
