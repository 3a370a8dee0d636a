import type { Attack, Batches } from '@agoge/core';
import { type EvaluationResult, readResult, type Threat } from '../evaluation-result';
import { mergeResults } from '../merge-results';
import type { EvaluationJobOptions } from '../scale-out/evaluation-job';
import { type Job, makeJob, nameOf, plainOptions } from '../scale-out/job';
import { modelFiles, oneFile } from '../scale-out/model-files';
import type { EvaluateCommand } from './commands/evaluate';
import { backendOfJobs, runShared, type SharedWork } from './sharing';
import type { Context } from './terminal';

/** What an evaluation is of, opened here to see that it can be. */
export interface EvaluationSubject {
  attacks: readonly Attack[];
  threat: Threat;
  data: Batches;
  description: EvaluationResult['model'];
}

/**
 * Evaluates in shards, by processes on this machine or by the workers of a queue.
 *
 * @throws Error that names the shards that were set aside, and why
 */
export async function evaluateInShards(
  options: EvaluateCommand,
  subject: EvaluationSubject,
  work: SharedWork,
  context: Context,
): Promise<EvaluationResult> {
  const jobs = await evaluationJobs(options, subject, context);
  const results = await runShared(jobs, options, work, context.signal);
  const names = jobs.map(nameOf);
  return mergeResults(
    results.map((result, i) => readResult(JSON.stringify(result), names[i])),
    { names, command: context.command },
  );
}

/** The jobs of an evaluation, one a shard. */
async function evaluationJobs(
  options: EvaluateCommand,
  { attacks, threat, data, description }: EvaluationSubject,
  context: Context,
): Promise<Job[]> {
  const { model, bounds, mean, std, weights, archOptions, activation, activationOptions } = options;
  const { data: name, dataDir, dataOptions, split, meets, examples, batchSize, seed, queue, workers = 1 } = options;
  const { shards = queue === undefined ? 4 * workers : 16 } = options;
  const made: EvaluationJobOptions = {
    ...backendOfJobs(options, context),
    model: { model, bounds, mean, std, weights, archOptions, activation, activationOptions },
    data: { data: name, dataDir, dataOptions, split },
    attacks: attacks.map((each) => ({ name: each.name, options: each.options })),
    ...{ threat, meets, examples, batchSize, seed, described: description },
  };
  const files = { ...(await modelFiles(options)), ...(name.endsWith('.json') && { data: await oneFile(name) }) };
  const blocks = Math.ceil((examples ?? data.examples) / batchSize);
  const count = Math.min(blocks, shards);
  return Array.from({ length: count }, (_, i) =>
    makeJob({
      ...{ kind: 'evaluate', options: plainOptions(made), shard: { number: i + 1, count } },
      ...{ hashes: { data: data.hash }, files },
    }),
  );
}
