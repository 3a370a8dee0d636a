export type {
  ActivationLayer,
  ActivationLayerClass,
  LayerOptions,
  LearnedScalar,
  ScalarOptions,
} from './activation-layer';
export type { CELUOptions } from './celu';
export { CELU, celu } from './celu';
export type { ELUOptions } from './elu';
export { ELU, elu } from './elu';
export type { Parameter } from './fused';
export type { GELUApproximation, GELUOptions } from './gelu';
export { GELU, gelu } from './gelu';
export type { HasLayers } from './layers-within';
export { magnitude } from './magnitude';
export type { MishOptions } from './mish';
export { Mish, mish } from './mish';
export type { PBLUOptions } from './pblu';
export { PBLU, pblu } from './pblu';
export type { PELUOptions } from './pelu';
export { PELU, pelu } from './pelu';
export type { PPELUOptions } from './ppelu';
export { PPELU, ppelu } from './ppelu';
export type { PPReLUOptions } from './pprelu';
export { PPReLU, pprelu } from './pprelu';
export type { PReLUOptions } from './prelu';
export { PReLU, prelu } from './prelu';
export type { PSiLUOptions } from './psilu';
export { PSiLU, psilu } from './psilu';
export type { PSoftplusOptions } from './psoftplus';
export { PSoftplus, psoftplus } from './psoftplus';
export type { PSSiLUOptions } from './pssilu';
export { PSSiLU, pssilu } from './pssilu';
export type { PSSiLUFixedBetaOptions } from './pssilu-fixed-beta';
export { PSSiLUFixedBeta, pssiluFixedBeta } from './pssilu-fixed-beta';
export { readScalars } from './read-scalars';
export type { ReLUOptions } from './relu';
export { ReLU, relu } from './relu';
export type { ReplaceActivationsOptions } from './replace-activations';
export { replaceActivations } from './replace-activations';
export type {
  ActivationShape,
  Curvature,
  Interval,
  ShapeEnd,
  ShapeFeatures,
  ShapeMethod,
  ShapeSeries,
} from './shape/activation-shape';
export type { AnalyseShapeOptions } from './shape/analyse-shape';
export { analyseShape } from './shape/analyse-shape';
export type { SiLUOptions } from './silu';
export { SiLU, silu } from './silu';
export type { SmoothedPhase, SmoothGradientReLUOptions } from './smooth-gradient-relu';
export { SmoothGradientReLU, smoothGradientRelu } from './smooth-gradient-relu';
export type { SmoothReLUOptions } from './smooth-relu';
export { SmoothReLU, smoothRelu } from './smooth-relu';
export type { SoftplusOptions } from './softplus';
export { Softplus, softplus } from './softplus';
export type { Gate } from './sparta/gate-network';
export { saveSparta } from './sparta/gates-of';
export type { SpartaForm, SpartaGateOptions, SpartaOptions } from './sparta/sparta';
export { Sparta } from './sparta/sparta';
export type { Cost, SpartaCost } from './sparta/sparta-cost';
export { spartaCost } from './sparta/sparta-cost';
export { spartaLayers } from './sparta/sparta-layers';
export type { SpartaSitesOptions } from './sparta/sparta-sites';
export { spartaSites } from './sparta/sparta-sites';
export type { Transplanted, TransplantOptions } from './sparta/transplant';
export { transplant } from './sparta/transplant';
export type { SSiLUOptions } from './ssilu';
export { SSiLU, ssilu } from './ssilu';
