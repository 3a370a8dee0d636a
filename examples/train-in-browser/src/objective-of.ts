import { adversarialTraining, fgsmRs, standard, trades } from '@agoge/adv-train';
import { modes, type Objective } from '@agoge/core';
import { argMax, slice, type Tensor1D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { TrainedOn } from './protocol';
import type { Setup } from './setup';

const steps = 5;

/** The objective of a run: PGD of five steps of a quarter of the ball, as the demo's, or what names itself. */
export function objectiveOf({ objective, eps }: Setup): Objective {
  const ascent = { eps, steps, stepSize: eps / 4 };
  const objectives = {
    standard: () => standard(),
    adversarialTraining: () => adversarialTraining(ascent),
    trades: () => trades(ascent),
    fgsmRs: () => fgsmRs({ eps }),
  };
  return objectives[objective]();
}

const shown = 8;
/** Milliseconds from one look to the next. */
const pause = 400;

/** The same objective, which shows the first images of a batch now and then; training takes no notice. */
export function watched(objective: Objective, show: (images: TrainedOn) => void): Objective {
  let last = Number.NEGATIVE_INFINITY;
  return {
    ...objective,
    async perturb(model, x, y, run) {
      const adversarial = await objective.perturb(model, x, y, run);
      if (performance.now() - last < pause) return adversarial;
      last = performance.now();
      const [n, height, width] = x.shape;
      const first = <T extends Tensor4D | Tensor1D>(each: T) => slice(each, 0, Math.min(shown, n)) as T;
      const looked = tidy(() => {
        const moved = first(adversarial);
        return [first(x), moved, first(y), argMax(model.classifier(modes.evaluate)(moved), 1)] as const;
      });
      const [clean, moved, labels, seen] = await Promise.all(looked.map((each) => each.data()));
      for (const each of looked) each.dispose();
      show({
        ...{ height, width, clean: clean as Float32Array, adversarial: moved as Float32Array },
        ...{ labels: labels as Int32Array, seen: seen as Int32Array },
      });
      return adversarial;
    },
  };
}
