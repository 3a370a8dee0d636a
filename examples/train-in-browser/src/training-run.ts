import { cosine, saveWeights, sgd, train } from '@agoge/adv-train';
import { isRobust, pgdAttack, runAttacks } from '@agoge/attacks';
import type { Batches, Classifier, Store } from '@agoge/core';
import { digits, take } from '@agoge/datasets';
import { checkpointName, keepRun, keepWeights } from './kept-run';
import { networkOf } from './network';
import { objectiveOf, watched } from './objective-of';
import type { KeptRun, Point, Report } from './protocol';

const batchSize = 64;
/** Test images that the accuracy is watched on. */
const watchedExamples = 100;
/** Steps between checkpoints within an epoch: what a closed page loses at most. */
const every = 10;

/**
 * Trains a run to its end, or on from where it was kept; its checkpoint and curves are kept as it goes.
 *
 * @param tell is told each step
 * @throws the signal's reason after an abort, which leaves a checkpoint of the last step
 */
export async function trainingRun(
  run: KeptRun,
  store: Store,
  signal: AbortSignal,
  tell: (report: Report) => void,
): Promise<void> {
  const { setup } = run;
  const { epochs, learningRate, seed, eps } = setup;
  const test = take(digits({ split: 'test' }), watchedExamples);
  const attacks = [pgdAttack({ eps, steps: 10 })];
  const { model, classifier } = networkOf(setup);
  const add = (point: Point) => {
    // A run that goes on from a checkpoint makes the steps after it again.
    run.points = [...run.points.filter(({ step }) => step < point.step), point];
    tell({ is: 'point', point });
  };
  try {
    if (run.points.length === 0) add({ step: 0, ...(await measured(classifier, test, attacks, { seed, signal })) });
    const reports = train(classifier, digits(), {
      objective: watched(objectiveOf(setup), (images) => tell({ is: 'images', images })),
      optimizer: sgd({ momentum: 0.9 }),
      schedule: cosine({ learningRate }),
      ...{ epochs, batchSize, seed, signal },
      validation: { data: test, attacks },
      checkpoint: { store, name: checkpointName, every },
      onProgress({ done, total, secondsLeft = 0 }) {
        run.steps = total;
        tell({ is: 'progress', step: done, steps: total, secondsLeft });
      },
      callbacks: { onWarning: ({ message }) => tell({ is: 'warning', message }) },
    });
    for await (const { step, loss, validation } of reports) {
      add({
        ...{ step, loss },
        ...(validation && { clean: validation.cleanAccuracy, robust: validation.robustAccuracy }),
      });
      if (step % every === 0 || validation) await keepRun(store, run);
    }
    await keepWeights(store, await saveWeights(classifier));
  } finally {
    model.dispose();
  }
}

async function measured(
  classifier: Classifier,
  data: Batches,
  attacks: Parameters<typeof runAttacks>[2],
  options: { seed: number; signal: AbortSignal },
): Promise<Pick<Point, 'clean' | 'robust'>> {
  const { records } = await runAttacks(classifier, data, attacks, options);
  const share = (count: number) => count / records.length;
  return {
    clean: share(records.filter(({ correct }) => correct).length),
    robust: share(records.filter(isRobust).length),
  };
}
