import type { ActivationLayer } from './activation-layer';
import { CELU, type CELUOptions } from './celu';
import { ELU, type ELUOptions } from './elu';
import { GELU, type GELUOptions } from './gelu';
import { Mish, type MishOptions } from './mish';
import { PBLU, type PBLUOptions } from './pblu';
import { PELU, type PELUOptions } from './pelu';
import { PPELU, type PPELUOptions } from './ppelu';
import { PPReLU, type PPReLUOptions } from './pprelu';
import { PReLU, type PReLUOptions } from './prelu';
import { PSiLU, type PSiLUOptions } from './psilu';
import { PSoftplus, type PSoftplusOptions } from './psoftplus';
import { PSSiLU, type PSSiLUOptions } from './pssilu';
import { PSSiLUFixedBeta, type PSSiLUFixedBetaOptions } from './pssilu-fixed-beta';
import { ReLU, type ReLUOptions } from './relu';
import { SiLU, type SiLUOptions } from './silu';
import { SmoothGradientReLU, type SmoothGradientReLUOptions } from './smooth-gradient-relu';
import { SmoothReLU, type SmoothReLUOptions } from './smooth-relu';
import { Softplus, type SoftplusOptions } from './softplus';
import { SSiLU, type SSiLUOptions } from './ssilu';

/** The layers by name, for commands and jobs: `activations.pssilu({ penalty: 0 })` is a new layer. */
export const activations = {
  relu: (options?: ReLUOptions) => new ReLU(options),
  smoothgradientrelu: (options?: SmoothGradientReLUOptions) => new SmoothGradientReLU(options),
  softplus: (options?: SoftplusOptions) => new Softplus(options),
  silu: (options?: SiLUOptions) => new SiLU(options),
  gelu: (options?: GELUOptions) => new GELU(options),
  gelutanh: (options?: GELUOptions) => new GELU({ approximation: 'tanh', ...options }),
  elu: (options?: ELUOptions) => new ELU(options),
  celu: (options?: CELUOptions) => new CELU(options),
  mish: (options?: MishOptions) => new Mish(options),
  psoftplus: (options?: PSoftplusOptions) => new PSoftplus(options),
  smoothrelu: (options?: SmoothReLUOptions) => new SmoothReLU(options),
  prelu: (options?: PReLUOptions) => new PReLU(options),
  pelu: (options?: PELUOptions) => new PELU(options),
  pblu: (options?: PBLUOptions) => new PBLU(options),
  pprelu: (options?: PPReLUOptions) => new PPReLU(options),
  ppelu: (options?: PPELUOptions) => new PPELU(options),
  psilu: (options?: PSiLUOptions) => new PSiLU(options),
  ssilu: (options?: SSiLUOptions) => new SSiLU(options),
  pssilufixedbeta: (options?: PSSiLUFixedBetaOptions) => new PSSiLUFixedBeta(options),
  pssilu: (options?: PSSiLUOptions) => new PSSiLU(options),
} satisfies Readonly<Record<string, (options?: never) => ActivationLayer>>;
