// Attacks as cases: of one batch, and of many examples by the runner.
import { apgd, apgdTargeted, fabTargeted, pgd, pgdAttack, runAttacks, square } from '@agoge/attacks';
import { fromLayersModel } from '@agoge/core';
import { fromArrays } from '@agoge/datasets';
import { argMax, cast, keep, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { filled } from './filled.mjs';
import { layerFlops } from './flops.mjs';

/** Too small a ball to break anything: nobody leaves, and every attack makes all its passes. */
const eps = 1e-6;
const ofSteps = { pgd, apgd, apgdTargeted, fabTargeted };

/** The labels are what the network says. */
export function ofAttack(model, { batch, attack, steps, targets }) {
  const f = fromLayersModel(model, { bounds: [0, 1] });
  const shape = [batch, ...model.inputs[0].shape.slice(1)];
  const x = keep(tensor4d(filled(1, shape), shape));
  const y = keep(tidy(() => cast(argMax(f(x), 1), 'int32')));
  const options = { eps, steps, ...(targets > 1 && { rivals: targets }) };
  const run =
    attack === 'square' ? () => square(f, x, y, { eps, queries: steps }) : () => ofSteps[attack](f, x, y, options);
  const made = {
    flops: undefined,
    around: (body) => body(),
    async call() {
      const { x: found, broken, forwards, backwards } = await run();
      await found.data();
      found.dispose();
      if (broken.includes(1)) throw new Error('internal: an example was broken, so that fewer passes were made');
      made.flops ??= passFlops(model) * (total(forwards) + total(backwards));
    },
  };
  return made;
}

/** PGD of `batch` examples, in batches of 64 as an evaluation makes them. */
export function ofRun(model, { batch: examples, steps }) {
  const f = fromLayersModel(model, { bounds: [0, 1] });
  const shape = [examples, ...model.inputs[0].shape.slice(1)];
  const pixels = filled(1, shape);
  let data;
  const made = {
    flops: undefined,
    around: (body) => body(),
    async call() {
      data ??= fromArrays({
        x: pixels,
        shape,
        y: await predicted(f, pixels, shape),
        classes: f.classes,
        bounds: [0, 1],
      });
      const attacks = [pgdAttack({ eps, steps })];
      const { attacks: summaries } = await runAttacks(f, data, attacks, { examples, batchSize: 64, seed: 0 });
      const passes = summaries.reduce((sum, { forwards, backwards }) => sum + forwards + backwards, 0);
      made.flops ??= passFlops(model) * passes;
    },
  };
  return made;
}

const total = (counts) => counts.reduce((sum, each) => sum + each, 0);
/** Of an image, forward; backward to the image takes as much again. */
const passFlops = (model) => total(layerFlops(model));

async function predicted(f, pixels, shape) {
  const labels = tidy(() => cast(argMax(f(tensor4d(pixels, shape)), 1), 'int32'));
  const y = await labels.data();
  labels.dispose();
  return Int32Array.from(y);
}
