export type { AdamOptions } from './adam';
export { adam, adamW } from './adam';
export type { AwpOptions } from './awp';
export { awp } from './awp';
export { NonFiniteLoss } from './bad-batch';
export type { TrainingCallbacks, TrainingLogs } from './callbacks';
export { loadBest } from './checkpoint';
export type { Probe, TrainingWarning } from './collapse';
export type { EarlyStop } from './early-stop';
export type { BestEpoch, EpochRecord, History } from './history';
export type { AdversarialDatasetOptions } from './in-model-fit/adversarial-dataset';
export { adversarialDataset } from './in-model-fit/adversarial-dataset';
export type { BatchDataset, BatchSource, LabelledBatch } from './in-model-fit/batch-source';
export type { LossFunctionOptions } from './in-model-fit/loss-function';
export { lossFunction } from './in-model-fit/loss-function';
export type { RobustAccuracyCallback, RobustAccuracyOptions } from './in-model-fit/robust-accuracy';
export { robustAccuracy } from './in-model-fit/robust-accuracy';
export type { TensorDatasetOptions } from './in-model-fit/tensor-dataset';
export { tensorDataset } from './in-model-fit/tensor-dataset';
export type { JsonLinesOptions } from './json-lines';
export { jsonLines } from './json-lines';
export type { AdversarialTrainingOptions } from './objectives/adversarial-training';
export { adversarialTraining } from './objectives/adversarial-training';
export type { AlpOptions } from './objectives/alp';
export { alp } from './objectives/alp';
export type { CraftingOptions } from './objectives/crafting';
export type { FreeAdversarialTrainingOptions } from './objectives/free';
export { freeAdversarialTraining } from './objectives/free';
export { friendlyAdversarialTraining } from './objectives/friendly';
export type { MartOptions } from './objectives/mart';
export { mart } from './objectives/mart';
export { fgsmRs, pgd1 } from './objectives/single-step';
export type { StandardOptions } from './objectives/standard';
export { standard } from './objectives/standard';
export type { TradesOptions } from './objectives/trades';
export { trades } from './objectives/trades';
export type { NamedVariable, Optimizer } from './optimizer';
export type { ProbeResult } from './probe-model';
export type {
  ConstantOptions,
  CosineOptions,
  LinearOptions,
  OneCycleOptions,
  PiecewiseOptions,
  Schedule,
  ScheduleProgress,
} from './schedules';
export { constant, cosine, linear, oneCycle, piecewise } from './schedules';
export type { SgdOptions } from './sgd';
export { sgd } from './sgd';
export type { StatisticsOptions } from './statistics';
export { estimateStatistics } from './statistics';
export type { RunSweepOptions, SweepOptions, SweepRun } from './sweep';
export { runSweep, shardOf, sweep } from './sweep';
export type { StepReport } from './train';
export { fit, train } from './train';
export type { TrainOptions } from './train-options';
export { twoViews } from './two-views';
export type { Validation, ValidationResult } from './validation';
export type { EmaOptions, SwaOptions, WeightAverage } from './weight-average';
export { ema, swa } from './weight-average';
export type { DecayGroup, Decays } from './weight-decay';
export type { WeightPerturbation } from './weight-perturbation';
export { loadWeights, saveWeights } from './weights';
