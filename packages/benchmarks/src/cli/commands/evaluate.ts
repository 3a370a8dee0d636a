import { autoAttack } from '@agoge/attacks';
import { attacks as attackRegistry } from '@agoge/attacks/registry';
import { type Attack, lookUp, said } from '@agoge/core';
import { shardRange } from '@agoge/datasets';
import { evaluate } from '../../evaluate';
import { type EvaluationResult, writeResult } from '../../evaluation-result';
import { percent } from '../../percent';
import { writeReport } from '../../report/report';
import { startBackend } from '../backend';
import { type DataChoice, openData } from '../data';
import { type EvaluationPlaces, evaluationFiles } from '../evaluation-files';
import { holdAgainst } from '../gate-summary';
import { type ModelChoice, openModel } from '../open-model';
import { writeWhole } from '../output-files';
import { stage } from '../progress';
import type { Shard } from '../shard';
import { contributions, footnote, summary, warn } from '../summary';
import type { Context } from '../terminal';

export interface EvaluateCommand extends ModelChoice, DataChoice, EvaluationPlaces {
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

const registry: Readonly<Record<string, (options: never) => Attack>> = attackRegistry;
const versions = Object.fromEntries(
  (['fast', 'standard', 'plus', 'rand'] as const).map((version) => [
    version,
    (options: Pick<EvaluateCommand, 'norm' | 'eps'>) => autoAttack({ ...options, version }),
  ]),
);

/** Attacks by name, made by their registry. */
export function namedAttack(name: string, options: Record<string, unknown>): Attack {
  return lookUp('agoge', 'attack', name, registry)(options as never);
}

/** An attack by name, or all of a version of AutoAttack. */
function attacksNamed(name: string, { norm, eps }: Pick<EvaluateCommand, 'norm' | 'eps'>): Attack[] {
  return [lookUp('agoge', 'attack', name, { ...versions, ...registry })({ norm, eps } as never)].flat();
}

/** `agoge evaluate`. */
export async function evaluateModel(options: EvaluateCommand, context: Context): Promise<void> {
  const { norm, eps, meets, batchSize, seed, out } = options;
  const { signal, command, stdout, stderr } = context;
  const attacks = options.attacks.flatMap((name) => attacksNamed(name, options));
  const files = await evaluationFiles(options);
  await startBackend(context);
  const data = await openData(options, options.split, context);
  const { classifier, description } = await openModel(options, data);
  const range = rangeOf(options, data.examples);

  const progress = stage(`attacking ${description.name}`, context);
  let result: EvaluationResult;
  try {
    result = await evaluate(classifier, data, {
      ...{ attacks, batchSize, ...range, meets, seed, signal, command },
      threat: { norm, eps },
      state: files.state,
      model: description,
      onProgress: progress.update,
    });
    progress.end(`clean ${percent(result.cleanAccuracy)}, robust ${percent(result.robustAccuracy)}`);
  } finally {
    progress.end();
  }

  if (out !== undefined) await writeWhole(out, writeResult(result));
  if (files.report !== undefined) await writeWhole(files.report, await writeReport([result]));
  const images = await files.tidyUp();
  warn([result], context);
  const text = `${summary([result])}\n${contributions(result)}\n${footnote([result])}`;
  stdout.write(options.json ? writeResult(result) : text);
  if (out !== undefined) stderr.write(`result: ${out}\n`);
  if (files.report !== undefined) stderr.write(`report: ${files.report}\n`);
  if (images !== undefined) stderr.write(`images: ${images}\n`);
  const { quantised } = result;
  if (quantised) stderr.write(`${quantised.survived} of ${quantised.broken} still break their image as 8 bits\n`);
  if (options.minRobust !== undefined) await holdAgainst(options.minRobust, result, context);
}

/** The examples that are asked for; a refusal of too many is left to the runner. */
function rangeOf({ shard, examples, batchSize }: EvaluateCommand, all: number): { from?: number; examples?: number } {
  if (!shard || (examples ?? 0) > all) return { examples };
  const range = shardRange(examples ?? all, { ...shard, batchSize });
  if (range.examples > 0) return range;
  const what = `--shard ${shard.number}/${shard.count} is empty: there are fewer blocks of ${batchSize} images than parts`;
  throw said(new RangeError(`agoge: ${what}`));
}
