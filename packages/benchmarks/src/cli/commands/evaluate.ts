import { autoAttack } from '@agoge/attacks';
import { type Attack, lookUp } from '@agoge/core';
import { evaluate } from '../../evaluate';
import type { EvaluationResult } from '../../evaluation-result';
import { attackMakers } from '../../named-attack';
import { percent } from '../../percent';
import { startBackend } from '../backend';
import { type DataChoice, openData, standingForAll } from '../data';
import { type EvaluationPlaces, evaluationFiles } from '../evaluation-files';
import { holdAgainst } from '../gate-summary';
import { type ModelChoice, openModel } from '../open-model';
import { stage } from '../progress';
import { publish } from '../publish-result';
import type { Shard } from '../shard';
import { evaluateInShards, isSharedOut, type ShardingChoice } from '../sharded-evaluation';
import type { Context } from '../terminal';

export interface EvaluateCommand extends ModelChoice, DataChoice, EvaluationPlaces, ShardingChoice {
  split: string;
  attacks: string[];
  norm: 'linf' | 'l2' | 'l1';
  eps: number;
  meets: 'survivors' | 'all';
  examples?: number;
  batchSize: number;
  shard?: Shard;
  seed: number;
  minRobust?: number;
  json?: boolean;
}

const versions = Object.fromEntries(
  (['fast', 'standard', 'plus', 'rand'] as const).map((version) => [
    version,
    (options: Pick<EvaluateCommand, 'norm' | 'eps'>) => autoAttack({ ...options, version }),
  ]),
);

/** Attacks in no ball, with limits of their own: what they find outside the threat does not count. */
const withoutBall = new Set(['onePixel', 'spatial']);

/** An attack by name, or all of a version of AutoAttack. */
function attacksNamed(name: string, { norm, eps }: Pick<EvaluateCommand, 'norm' | 'eps'>): Attack[] {
  const make = lookUp('agoge', 'attack', name, { ...versions, ...attackMakers });
  return [make((withoutBall.has(name) ? {} : { norm, eps }) as never)].flat();
}

/** `agoge evaluate`. */
export async function evaluateModel(options: EvaluateCommand, context: Context): Promise<void> {
  const { norm, eps, meets, batchSize, seed, out } = options;
  const { signal, command, stderr } = context;
  const attacks = options.attacks.flatMap((name) => attacksNamed(name, options));
  const sharedOut = isSharedOut(options);
  const files = await evaluationFiles(options);
  await startBackend(context);
  const data = standingForAll(await openData(options, options.split, context), options.examples);
  const { classifier, description } = await openModel(options, data);

  const progress = stage(`attacking ${description.name}`, context);
  let result: EvaluationResult;
  try {
    result = sharedOut
      ? await evaluateInShards(options, { attacks, data, description }, { folder: files.folder, progress }, context)
      : await evaluate(classifier, data, {
          ...{ attacks, batchSize, examples: options.examples, shard: options.shard, meets, seed, signal, command },
          threat: { norm, eps },
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
