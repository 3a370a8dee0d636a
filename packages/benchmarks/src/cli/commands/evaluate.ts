import { attacks as attackRegistry } from '@agoge/attacks/registry';
import { type Attack, lookUp } from '@agoge/core';
import { evaluate } from '../../evaluate';
import { writeResult } from '../../evaluation-result';
import { percent } from '../../percent';
import { startBackend } from '../backend';
import { openData } from '../data';
import { type ModelChoice, openModel } from '../open-model';
import { checkWritable, writeWhole } from '../output-files';
import { stage } from '../progress';
import { footnote, summary, warn } from '../summary';
import type { Context } from '../terminal';

export interface EvaluateCommand extends ModelChoice {
  data: string;
  split: string;
  attacks: string[];
  norm: string;
  eps: number;
  examples?: number;
  batchSize: number;
  seed: number;
  out?: string;
  json?: boolean;
}

/** Attacks by name, made by their registry. */
export function namedAttack(name: string, options: Record<string, unknown>): Attack {
  const registry: Readonly<Record<string, (options: never) => Attack>> = attackRegistry;
  return lookUp('agoge', 'attack', name, registry)(options as never);
}

/** `agoge evaluate`. */
export async function evaluateModel(options: EvaluateCommand, context: Context): Promise<void> {
  const { norm, eps, examples, batchSize, seed, out } = options;
  const attacks = options.attacks.map((name) => namedAttack(name, { norm, eps }));
  if (out !== undefined) await checkWritable('--out', out, 'file');
  await startBackend(context);
  const data = await openData(options.data, options.split);
  const { classifier, description } = await openModel(options, data);

  const progress = stage(`attacking ${description.name}`, context);
  let result: Awaited<ReturnType<typeof evaluate>>;
  try {
    const { signal, command } = context;
    const run = { batchSize, examples, seed, signal, command };
    result = await evaluate(classifier, data, { attacks, ...run, model: description, onProgress: progress.update });
    progress.end(`clean ${percent(result.cleanAccuracy)}, robust ${percent(result.robustAccuracy)}`);
  } finally {
    progress.end();
  }

  if (out !== undefined) await writeWhole(out, writeResult(result));
  warn([result], context);
  context.stdout.write(options.json ? writeResult(result) : `${summary([result])}\n${footnote([result])}`);
  if (out !== undefined) context.stderr.write(`result: ${out}\n`);
}
