export { bracket } from './bracket';
export { canonicalJson, sha256 } from './canonical-json';
export { checkFit } from './check-fit';
export type {
  ActivationOption,
  ActivationSite,
  Attack,
  AttackResult,
  BackendHooks,
  Batch,
  Batches,
  BatchesOptions,
  BlackBox,
  Bounds,
  Classifier,
  CraftingRun,
  ForwardMode,
  ImageShape,
  Objective,
  Progress,
  Run,
  RunOptions,
  Store,
  Trainable,
  TrainableWeight,
  TrainingHints,
} from './contracts';
export { BackendError, FormatError, isUserError, ModelError, plural, refusal, ShapeError, said, show } from './errors';
export { checkExamples, checkLogits } from './examples';
export type { FlatNetwork, LayerGraph, LayerOutput, LayerUse } from './flat-network';
export { flatNetwork } from './flat-network';
export type { BlackBoxOptions, FromFunctionOptions } from './from-function';
export { blackBox, fromFunction, fromProbabilities, isBlackBox } from './from-function';
export type { FromGraphModelOptions, GraphModelLike } from './from-graph-model';
export { fromGraphModel } from './from-graph-model';
export { fromLayersModel } from './from-layers-model';
export { frozen } from './frozen';
export type { LossAndGradient } from './gradient';
export { ensureGradients, lossAndGradient } from './gradient';
export { modes } from './modes';
export { multiplyAdds } from './multiply-adds';
export type { Norm, NormName } from './norm';
export { norms } from './norms';
export type { NumberRange, Rule, Rules } from './options';
export {
  anything,
  arrayOf,
  boolean,
  checkOptions,
  checkValue,
  fn,
  integer,
  lookUp,
  nullable,
  number,
  object,
  oneOf,
  required,
  runRules,
  string,
} from './options';
export { parseJson } from './parse-json';
export type { PixelOptions } from './pixels';
export { checkBounds, normalize } from './pixels';
export type { Probed } from './probe';
export { probed } from './probe';
export type { RandomKey } from './random';
export { exponential, normal, perExample, permutation, philox, signs, uniform, words } from './random';
export type { SafetensorsFile } from './safetensors';
export { readSafetensors, writeSafetensors } from './safetensors';
export type { SafetensorsDtype, SafetensorsEntry, SafetensorsValues } from './safetensors-dtype';
export { toTypedArray } from './safetensors-dtype';
export { differences, openSealedJson, sealJson } from './sealed-json';
export { signOf } from './sign-of';
export { partOf, step, stopwatch } from './step';
export type { StockFault } from './stock-fault';
export { hasFault } from './stock-fault';
export { stockFaults } from './stock-faults';
export { memoryStore } from './store';
export type { KernelCall } from './watch-kernels';
export { watchKernels } from './watch-kernels';
