export type { ClassFigures } from './class-figures';
export { classFigures, confusionOf } from './class-figures';
export type { Environment } from './environment';
export type { EpsCurve } from './eps-curves';
export { epsCurves } from './eps-curves';
export type { EvaluateOptions } from './evaluate';
export { evaluate } from './evaluate';
export type {
  AttackOutcome,
  EvaluationImage,
  EvaluationRecord,
  EvaluationResult,
  EvaluationRun,
  RunPart,
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
export type {
  Leaderboard,
  LeaderboardGroup,
  LeaderboardOptions,
  LeaderboardRow,
  LeaderboardTable,
} from './leaderboard/leaderboard';
export { leaderboard } from './leaderboard/leaderboard';
export { leaderboardMarkdown } from './leaderboard/leaderboard-markdown';
export type { LeaderboardPageOptions } from './leaderboard/leaderboard-page';
export { leaderboardPage } from './leaderboard/leaderboard-page';
export type { PublishedModel } from './leaderboard/published';
export { readPublished } from './leaderboard/published';
export type { MergeResultsOptions } from './merge-results';
export { mergeResults } from './merge-results';
export type { ActivationCurve } from './report/activation-shapes';
export type { ReportOptions } from './report/report';
export { writeReport } from './report/report';
export { wilson } from './wilson';
