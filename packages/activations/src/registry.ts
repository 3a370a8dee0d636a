import type { ActivationLayer } from './activation-layer';
import { PSoftplus, type PSoftplusOptions } from './psoftplus';
import { PSSiLU, type PSSiLUOptions } from './pssilu';
import { ReLU, type ReLUOptions } from './relu';
import { SiLU, type SiLUOptions } from './silu';
import { Softplus, type SoftplusOptions } from './softplus';

/** The layers by name, for commands and jobs: `activations.pssilu({ penalty: 0 })` is a new layer. */
export const activations = {
  relu: (options?: ReLUOptions) => new ReLU(options),
  silu: (options?: SiLUOptions) => new SiLU(options),
  softplus: (options?: SoftplusOptions) => new Softplus(options),
  psoftplus: (options?: PSoftplusOptions) => new PSoftplus(options),
  pssilu: (options?: PSSiLUOptions) => new PSSiLU(options),
} satisfies Readonly<Record<string, (options?: never) => ActivationLayer>>;
