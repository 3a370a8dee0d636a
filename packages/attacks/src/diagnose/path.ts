import { frozen, lossAndGradient, norms, step } from '@agoge/core';
import {
  abs,
  add,
  clipByValue,
  clone,
  div,
  greater,
  maximum,
  minimum,
  neg,
  stack,
  sub,
  type Tensor1D,
  type Tensor4D,
  tidy,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { ascentStep } from '../ascent/ascent-step';
import { margin } from '../losses';
import { madryStepSize } from '../projected-ascent';
import { release, select } from '../rows';
import { type Check, judged, type Measure, of } from './check';
import { type Exam, inBlocks, type Patients } from './exam';

const pintor = 'Pintor et al., Indicators of attack failure';

export const pathMeasures = {
  unstable: {
    name: 'unstable predictions',
    measures: 'mean of |change of the margin| / |margin|, at most 1 each, over 100 random perturbations',
    threshold: 0.15,
    source: `${pintor}: 100 perturbations; radius (a tenth of eps) and threshold ours`,
    remedy:
      "The margin is rough: gradients say little of what lies a step away. Average gradients over perturbations (`eotSamples`, mi-fgsm's variance tuning) and add black-box attacks.",
  },
  silent: {
    name: 'silent success',
    measures: 'share of examples that were broken on the way of an attack, and are not by the image it returns',
    threshold: 0,
    source: pintor,
    remedy:
      'The classifier takes back what it said of an image: make it answer the same each time, or measure the mean over draws (`eot`).',
  },
  incomplete: {
    name: 'incomplete optimisation',
    measures: 'share of the examples left whose best loss, scaled to [0, 1], still grew by 0.05 in the last 10 steps',
    threshold: 0.5,
    source: `${pintor}: 0.05 in 10 iterations; the share is ours`,
    remedy: 'Attacks had not finished: give them more steps, or larger ones, before you believe what they leave.',
  },
} as const satisfies Record<string, Measure>;

const perturbations = 100;
const last = 10;
const growth = 0.05;

/** The mean of relative changes of the margin under noise, of each example. */
async function roughness(exam: Exam, { x, y, places, index }: Patients): Promise<number[]> {
  const { f, norm, eps, seed, reins } = exam;
  const [, height, width, channels] = x.shape;
  const center = tidy(() => margin(f(x), y));
  let changes: Tensor1D = zerosLike(center);
  try {
    for (let draw = 0; draw < perturbations; draw++) {
      const next = tidy(() => {
        const key = { seed, index, stream: `diagnose/noise/${draw}` };
        const noise = norms[norm].sample(eps / 10, [height, width, channels], key);
        const moved = margin(f(clipByValue(add<Tensor4D>(x, noise), f.bounds[0], f.bounds[1])), y);
        const change = div(abs(sub(moved, center)), maximum(abs(center), 1e-12));
        return add<Tensor1D>(changes, div(minimum(change, 1), perturbations));
      });
      changes.dispose();
      changes = next;
      await step(reins, { done: draw + 1, total: perturbations });
    }
    return [...(await changes.data())].slice(0, places.length);
  } finally {
    release([{ center, changes }]);
  }
}

/** The margins on an attack's way, step by step, and that of its best image, asked for anew. */
interface Path {
  /** `[steps + 1][n]` */
  margins: number[][];
  returned: number[];
}

/** PGD from the clean image on the margin, which is read back at its end alone. */
async function walk(exam: Exam, { x: center, y, places }: Patients): Promise<Path> {
  const { f, norm, eps, steps, reins, spent } = exam;
  const stepSize = madryStepSize(eps, steps);
  const margins: Tensor1D[] = [];
  let state: { x: Tensor4D; best: Tensor4D; least: Tensor1D | undefined } = {
    x: clone(center),
    best: clone(center),
    least: undefined,
  };
  const owned = () => [state.x, state.best, ...(state.least ? [state.least] : [])];
  try {
    for (let i = 0; i <= steps; i++) {
      let check = async () => {};
      const { here, ...next } = tidy(() => {
        const seen = lossAndGradient(f, state.x, (logits) => neg(margin(logits, y)));
        check = seen.check;
        const here = neg<Tensor1D>(seen.loss);
        const better = state.least && greater(state.least, here);
        return {
          here,
          x: ascentStep(state.x, center, seen.gradient, { norm, eps, stepSize, bounds: f.bounds }),
          best: better ? select(better, state.x, state.best) : clone(state.x),
          least: state.least ? minimum<Tensor1D>(state.least, here) : clone(here),
        };
      });
      spent.backwards += center.shape[0];
      margins.push(here);
      for (const each of owned()) each.dispose();
      state = next;
      await check();
      await step(reins, { done: i + 1, total: steps + 1 });
    }
    const read = tidy(() => ({ all: stack(margins), returned: margin(f(state.best), y) }));
    const all = (await read.all.array()) as number[][];
    const returned = [...(await read.returned.data())].slice(0, places.length);
    release([read]);
    return { margins: all.map((row) => row.slice(0, places.length)), returned };
  } finally {
    for (const each of [...owned(), ...margins]) each.dispose();
  }
}

/** Whether the best of a path's losses, scaled to [0, 1], still grew at its end. */
function stillGrew(margins: readonly number[]): boolean {
  const best: number[] = [];
  for (const each of margins) best.push(Math.min(each, best.at(-1) ?? Infinity));
  const [from, to] = [best[0], best[best.length - 1]];
  const before = best[Math.max(0, best.length - 1 - last)];
  return (before - to) / Math.max(from - to, 1e-30) > growth;
}

/** Looks at what an attack meets on its way. */
export async function pathChecks(exam: Exam): Promise<Check[]> {
  const { unstable, silent, incomplete } = pathMeasures;
  return frozen(exam.f, async () => {
    const rough = (await inBlocks(exam, (patients) => roughness(exam, patients))).flat();
    const paths = await inBlocks(exam, (patients) => walk(exam, patients));
    const examples = paths.flatMap(({ margins, returned }) =>
      returned.map((atEnd, i) => ({ way: margins.map((row) => row[i]), atEnd })),
    );
    const n = examples.length;
    const taken = examples.filter(({ way, atEnd }) => Math.min(...way) < 0 && atEnd >= 0).length;
    const left = examples.filter(({ way }) => Math.min(...way) >= 0);
    const growing = left.filter(({ way }) => stillGrew(way)).length;
    const average = rough.reduce((total, each) => total + each, 0) / n;
    return [
      judged(
        unstable,
        average,
        `Noise of a tenth of eps changes margins by ${(100 * average).toFixed(0)} % on average.`,
      ),
      judged(silent, taken / n, `${of(taken, n)} were broken on the way, and their images are not.`),
      judged(
        incomplete,
        growing / Math.max(left.length, 1),
        left.length === 0
          ? `PGD of ${exam.steps} steps broke every example.`
          : `After ${exam.steps} steps the loss of ${growing} of the ${left.length} left was still growing.`,
      ),
    ];
  });
}
