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
export type { ActivationCurve, ReportOptions } from './report/report';
export { writeReport } from './report/report';
export { wilson } from './wilson';
