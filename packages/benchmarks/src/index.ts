export type { Environment } from './environment';
export type { EvaluateOptions } from './evaluate';
export { evaluate } from './evaluate';
export type {
  AttackOutcome,
  EvaluationImage,
  EvaluationRecord,
  EvaluationResult,
  EvaluationRun,
  Threat,
  Warning,
} from './evaluation-result';
export { readResult, writeResult } from './evaluation-result';
export type { FromSafetensorsOptions, LoadedWeights } from './from-safetensors';
export { fromSafetensors } from './from-safetensors';
export type { Doubt } from './gate/doubts';
export { doubtsOf } from './gate/doubts';
export type { GateOptions, GateVerdict } from './gate/gate';
export { gate } from './gate/gate';
export { stepSummary } from './gate/step-summary';
export type { ActivationCurve, ReportOptions } from './report/report';
export { writeReport } from './report/report';
export { wilson } from './wilson';
