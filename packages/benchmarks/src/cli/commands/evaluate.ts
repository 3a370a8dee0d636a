import { evaluate } from '../../evaluate';
import type { EvaluationResult } from '../../evaluation-result';
import { percent } from '../../percent';
import { attacksByName, type BallChoice } from '../attacks-by-name';
import { startBackend } from '../backend';
import { type DataChoice, openData, standingForAll } from '../data';
import { type EvaluationPlaces, evaluationFiles } from '../evaluation-files';
import { holdAgainst } from '../gate-summary';
import { type ModelChoice, openModel } from '../open-model';
import { stage } from '../progress';
import { publish } from '../publish-result';
import type { Shard } from '../shard';
import { evaluateInShards } from '../sharded-evaluation';
import { isSharedOut, type SharingChoice } from '../sharing';
import type { Context } from '../terminal';

export interface EvaluateCommand extends ModelChoice, DataChoice, EvaluationPlaces, SharingChoice, BallChoice {
  split: string;
  attacks: string[];
  meets: 'survivors' | 'all';
  examples?: number;
  batchSize: number;
  shard?: Shard;
  /** How many parts are shared out. */
  shards?: number;
  seed: number;
  minRobust?: number;
  json?: boolean;
}

/** `agoge evaluate`. */
export async function evaluateModel(options: EvaluateCommand, context: Context): Promise<void> {
  const { examples, shard, meets, batchSize, seed, out } = options;
  const { signal, command, stderr } = context;
  const { attacks, ball: threat } = attacksByName(options.attacks, options);
  const isShared = isSharedOut(options);
  const files = await evaluationFiles(options);
  const { folder } = files;
  await startBackend(context);
  const data = standingForAll(await openData(options, options.split, context), examples);
  const { classifier, description } = await openModel(options, data);

  const progress = stage(`attacking ${description.name}`, context);
  let result: EvaluationResult;
  try {
    result = isShared
      ? await evaluateInShards(options, { attacks, threat, data, description }, { folder, progress }, context)
      : await evaluate(classifier, data, {
          ...{ attacks, threat, batchSize, examples, shard, meets, seed, signal, command },
          state: files.state,
          model: description,
          onProgress: progress.update,
        });
    progress.end(`clean ${percent(result.cleanAccuracy)}, robust ${percent(result.robustAccuracy)}`);
  } finally {
    progress.end();
  }

  await publish(result, { out, report: files.report, json: options.json }, context);
  const images = await files.tidyUp();
  if (images !== undefined) stderr.write(`images: ${images}\n`);
  const { quantised } = result;
  if (quantised) stderr.write(`${quantised.survived} of ${quantised.broken} still break their image as 8 bits\n`);
  if (options.minRobust !== undefined) await holdAgainst(options.minRobust, result, context);
}
