export type {
  ActivationLayer,
  ActivationLayerClass,
  LayerOptions,
  LearnedScalar,
  ScalarOptions,
} from './activation-layer';
export type { Parameter } from './fused';
export { magnitude } from './magnitude';
export type { PSoftplusOptions } from './psoftplus';
export { PSoftplus, psoftplus } from './psoftplus';
export type { PSSiLUOptions } from './pssilu';
export { PSSiLU, pssilu } from './pssilu';
export type { HasLayers } from './read-scalars';
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
