// Train a small network on handwritten digits, once as usual and once adversarially, and attack both.
import { adversarialTraining, fit, piecewise, standard } from '@agoge/adv-train';
import { smallCnn } from '@agoge/architectures';
import { apgdAttack, isRobust, runAttacks } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { fromLayersModel } from '@agoge/core';
import { digits } from '@agoge/datasets';

await useBackend('auto');
const eps = 0.15;

for (const objective of [standard(), adversarialTraining({ eps, steps: 5 })]) {
  const model = fromLayersModel(smallCnn(), { bounds: [0, 1] });
  const schedule = piecewise({ learningRate: 0.05, milestones: [8], factor: 0.1 });
  await fit(model, digits({ split: 'train' }), { objective, schedule, epochs: 10 });

  const { records } = await runAttacks(model, digits({ split: 'test' }), [apgdAttack({ eps, steps: 20 })], {});
  const share = (count) => `${((100 * count) / records.length).toFixed(1)} %`;
  const robust = records.filter(isRobust);
  console.log(
    `${objective.name}: clean ${share(records.filter(({ correct }) => correct).length)}, robust ${share(robust.length)}`,
  );
}
