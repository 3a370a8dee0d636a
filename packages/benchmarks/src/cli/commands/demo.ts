import { join } from 'node:path';
import { readScalars } from '@agoge/activations';
import { apgdAttack, pgdAttack } from '@agoge/attacks';
import { canonicalJson } from '@agoge/core';
import { fileStore } from '@agoge/core/node';
import { digits, take } from '@agoge/datasets';
import { activationCurves, sharedActivation } from '../../activation-curves';
import { evaluate } from '../../evaluate';
import { type EvaluationResult, writeResult } from '../../evaluation-result';
import type { LoadedModel } from '../../model-folder';
import { percent } from '../../percent';
import { writeReport } from '../../report/report';
import { startBackend } from '../backend';
import { demoEps, demoPlans, demoTraining } from '../demo-recipe';
import { checkWritable, linkTo, writeWhole } from '../output-files';
import { stage } from '../progress';
import { footnote, summary, warn } from '../summary';
import type { Context } from '../terminal';
import { byCosine, runTraining } from '../training-run';

export interface DemoCommand {
  seed: number;
  out: string;
  epochs?: number;
  examples?: number;
  json?: boolean;
}

/** Test images that the accuracy is watched on while a model trains. */
const watchedExamples = 100;

/** `agoge demo`: trains, attacks, measures and reports, on real handwritten digits. */
export async function demo(options: DemoCommand, context: Context): Promise<void> {
  const { out } = options;
  await checkWritable('--out', out, 'folder');
  await startBackend(context);
  const start = performance.now();
  const models: LoadedModel[] = [];
  const results: EvaluationResult[] = [];
  for (const [i, plan] of demoPlans.entries()) {
    const title = `[${i + 1}/${demoPlans.length}] ${plan.name}`;
    const loaded = await trainOne(plan, title, options, context);
    models.push(loaded);
    results.push(await evaluateOne(loaded, title, options, context));
  }

  const page = await writeReport(results, {
    title: 'Agoge demo: robust accuracy on handwritten digits',
    histories: Object.fromEntries(models.map(({ description: { name, history } }) => [name, history])),
    activations: await activationCurves(models.flatMap(sharedActivation)),
  });
  for (const { model } of models) model.dispose();
  const file = join(out, 'report.html');
  await writeWhole(file, page);

  warn(results, context);
  const { stdout, stderr } = context;
  stdout.write(options.json ? `${canonicalJson(results)}\n` : `\n${summary(results)}\n${footnote(results)}`);
  stderr.write(`\nreport: ${linkTo(file)}\n`);
  stderr.write(`${((performance.now() - start) / 1000).toFixed(0)} s\n`);
}

type Plan = (typeof demoPlans)[number];

async function trainOne(
  plan: Plan,
  title: string,
  options: DemoCommand,
  { stderr, signal }: Context,
): Promise<LoadedModel> {
  const { seed, out, epochs = demoTraining.epochs } = options;
  const progress = stage(`${title}: training`, { stderr });
  try {
    const attacks = [pgdAttack({ eps: demoEps, steps: 10 })];
    const loaded = await runTraining(
      {
        ...{ name: plan.name, activation: plan.activation, seed, data: 'digits' },
        architecture: { name: 'smallCnn', options: { seed } },
        training: byCosine({ ...demoTraining, objective: plan.objective, epochs }),
      },
      {
        data: digits(),
        watch: { data: take(digits({ split: 'test' }), watchedExamples), attacks, examples: watchedExamples },
        store: fileStore(join(out, plan.name)),
        stage: progress,
        signal,
      },
    );
    progress.end('done');
    return loaded;
  } finally {
    progress.end();
  }
}

async function evaluateOne(
  { description, model, classifier }: LoadedModel,
  title: string,
  { seed, out, examples }: DemoCommand,
  { stderr, signal, command }: Context,
): Promise<EvaluationResult> {
  const { name, architecture, activation, training, weights } = description;
  const learned = await readScalars(model);
  const progress = stage(`${title}: attacking`, { stderr });
  try {
    const result = await evaluate(classifier, digits({ split: 'test' }), {
      attacks: [pgdAttack({ eps: demoEps }), apgdAttack({ eps: demoEps })],
      batchSize: 120,
      model: { name, architecture, activation, training, weights, learned },
      ...{ seed, examples, command, signal },
      onProgress: progress.update,
    });
    await writeWhole(join(out, name, 'result.json'), writeResult(result));
    progress.end(`clean ${percent(result.cleanAccuracy)}, robust ${percent(result.robustAccuracy)}`);
    return result;
  } finally {
    progress.end();
  }
}
