// A loop of your own with an optimiser of tfjs: once with an objective's two functions, once with a loss written down here.
import { trades } from '@agoge/adv-train';
import { smallCnn } from '@agoge/architectures';
import { crossEntropy, pgd, projectedAscent } from '@agoge/attacks';
import { useBackend } from '@agoge/backends';
import { ensureGradients, fromLayersModel, modes } from '@agoge/core';
import { digits } from '@agoge/datasets';
import { dispose, mean, oneHot, tensor1d, tensor4d, train } from '@tensorflow/tfjs-core';

await useBackend('auto');
await ensureGradients();
const eps = 0.15;

const objective = trades({ eps, steps: 2 });
const byObjective = {
  perturb: (model, x, y, key) => objective.perturb(model, x, y, key),
  loss: (model, x, adversarial, y) => objective.loss(model, x, adversarial, oneHot(y, 10, 1, 0, 'float32'), y),
};
const byHand = {
  perturb: (model, x, y, key) =>
    projectedAscent(model.classifier(modes.craft), x, (logits) => crossEntropy(logits, y), { eps, steps: 2, ...key }),
  loss: (model, _x, adversarial, y) => mean(crossEntropy(model.forward(adversarial, modes.update), y)),
};

for (const [name, { perturb, loss }] of Object.entries({ byObjective, byHand })) {
  const model = fromLayersModel(smallCnn({ width: 8 }), { bounds: [0, 1] });
  const weights = model.parameters().map(({ variable }) => variable);
  const optimizer = train.adam(0.01);
  for (let epoch = 0; epoch < 3; epoch++) {
    for await (const { x, shape, y, index } of digits({ split: 'train' }).batches({ batchSize: 50, seed: 1, epoch })) {
      const [images, labels] = [tensor4d(x, shape), tensor1d(y, 'int32')];
      const adversarial = await perturb(model, images, labels, { seed: epoch, index });
      optimizer.minimize(() => loss(model, images, adversarial, labels), false, weights);
      dispose([images, labels, adversarial]);
    }
  }
  console.log(`${name}: ${(100 * (await robustAccuracy(model))).toFixed(1)} % robust`);
}

async function robustAccuracy(model) {
  for await (const { x, shape, y } of digits({ split: 'test' }).batches({ batchSize: 360 })) {
    const { broken } = await pgd(model, tensor4d(x, shape), tensor1d(y, 'int32'), { eps, steps: 10 });
    return broken.filter((each) => !each).length / y.length;
  }
}
