import type { OnnxSettings } from '@agoge/backends';
import { boolean, integer, lookUp, oneOf, partOf, show, string } from '@agoge/core';
import { startBackend } from '../cli/backend';
import { type PlanDataChoice, partName, planData } from '../cli/plan-data';
import { checkJson, type JsonShape, jsonObject, optional, recordOf } from '../json-shape';
import type { OpenData } from '../reproduce/arm-data';
import type { Plan } from '../reproduce/plan';
import { runArm } from '../reproduce/run-arm';
import type { RunResult } from '../reproduce/run-result';
import { checkHashes, type Job, nameOf, Unfit } from './job';
import type { JobRunner } from './job-kinds';
import { within } from './store-within';

/** Runs of a plan, one after another; of a job its `options`. */
export interface ReproductionJobOptions extends PlanDataChoice {
  backend: string;
  /** Of the onnx backend. */
  onnx?: OnnxSettings;
  plan: Plan;
  phase: RunResult['phase'];
  /** Arms by their names. */
  runs: readonly { arm: string; seed: number }[];
}

const shape: JsonShape = {
  backend: string,
  onnx: optional(jsonObject),
  plan: jsonObject,
  phase: oneOf('confirm', 'search'),
  runs: [{ arm: string, seed: integer({ min: 0 }) }],
  dataDir: optional(recordOf(string)),
  download: optional(boolean),
};

/** Makes runs of a plan: the job of which {@link ReproductionJobOptions} are the options; its result is `{ runs }`. */
export const runner: JobRunner = async (job, { state, stderr, signal, onProgress }) => {
  checkJson(`${nameOf(job)}: options`, job.options, shape);
  const { backend, onnx, plan, phase, runs, ...place } = job.options as unknown as ReproductionJobOptions;
  const arms = Object.fromEntries(plan.arms.map((arm) => [arm.name, arm]));
  await startBackend({ backend, onnx, stderr });
  const reins = { stderr, signal: signal ?? new AbortController().signal };
  const open = checked(planData(plan, place, reins), job);
  const made: RunResult[] = [];
  for (const [i, { arm: name, seed }] of runs.entries()) {
    const work = (which: string) => within(state, `${which}/`);
    const run = { arm: lookUp(nameOf(job), 'arm', name, arms), seed };
    const part = partOf(onProgress, i, runs.length);
    made.push(await runArm(plan, run, { phase, open, work, signal, onProgress: part }));
  }
  return { runs: made };
};

/** Data that are refused where they are others than the job is about. */
const checked =
  (open: OpenData, job: Job): OpenData =>
  async (planned, part) => {
    const name = partName(planned, part);
    const data = await open(planned, part).catch((cause: Error) => {
      throw new Unfit(job, `wants ${name} ${show(job.hashes[name])}: ${cause.message}`, { cause });
    });
    checkHashes(job, { [name]: data.hash });
    return data;
  };
