import { type Bounds, type Classifier, perExample, uniform } from '@agoge/core';
import { add, addN, clipByValue, div, mul, sub, type Tensor4D, tensor3d, tensor4d } from '@tensorflow/tfjs-core';
import { type Answer, type Ascent, glance, type Question, slope } from '../ascent/climb';
import { alongAxes, gaussian, shrinking } from './along-axes';

export interface SteadyGradientOptions {
  eps: number;
  /** Probability that an image is shrunk. */
  diversity: number;
  /** The smallest share that it is shrunk to. */
  smallest: number;
  /** Pixels of the filter. */
  blur: number;
  /** How many halvings of the image, less one. */
  scales: number;
  neighbours: number;
  /** How far they are, as a share of eps. */
  reach: number;
}

/**
 * Gradients that depend less on the model: of shrunk and of divided images, smoothed, and, as `nearby`, their mean near by.
 *
 * The logits are those of the image itself.
 */
export function steadyGradient(
  { eps, diversity, smallest, blur, scales, neighbours, reach }: SteadyGradientOptions,
  [, height, width, channels]: Tensor4D['shape'],
  [low, high]: Bounds,
  seed: number,
): NonNullable<Ascent['evaluate']> {
  const noise = (stream: string, index: Float64Array, length: number, least: number, most: number) =>
    perExample((key, n) => uniform(key, n, least, most), { seed, stream: `miFgsm/${stream}` }, index, length);

  /** Each image, by chance, shrunk and put somewhere. */
  const shrunk = (index: Float64Array, stream: string) => {
    const drawn = noise(`shrunk/${stream}`, index, 4, 0, 1);
    const matrices = (length: number, place: number) => {
      const all = new Float32Array(index.length * length * length);
      index.forEach((_, i) => {
        const [chance, size] = drawn.subarray(4 * i);
        const pixels = chance < diversity ? Math.round(length * (smallest + (1 - smallest) * size)) : length;
        const from = Math.floor(drawn[4 * i + place] * (length - pixels + 1));
        all.set(shrinking(length, Math.max(pixels, 1), from), i * length * length);
      });
      return tensor3d(all, [index.length, length, length]);
    };
    const [rows, columns] = [matrices(height, 2), matrices(width, 3)];
    return (x: Tensor4D) => add<Tensor4D>(alongAxes(sub(x, low), rows, columns), low);
  };

  const through = (f: Classifier, view: (x: Tensor4D) => Tensor4D): Classifier =>
    Object.assign((x: Tensor4D) => f(view(x)), { classes: f.classes, bounds: f.bounds });

  /** At some images, one evaluation for each scale. */
  const gradientAt = (question: Question, stream: string): { seen: Answer[]; gradient: Tensor4D } => {
    const seen = Array.from({ length: scales }, (_, scale) => {
      const view = diversity > 0 ? shrunk(question.index, `${stream}/${scale}`) : (x: Tensor4D) => x;
      const divided = (x: Tensor4D) => (scale === 0 ? x : add<Tensor4D>(mul(sub(x, low), 2 ** -scale), low));
      return slope({ ...question, f: through(question.f, (x) => view(divided(x))) });
    });
    const mean = div<Tensor4D>(addN(seen.map((each) => each.gradient as Tensor4D)), scales);
    return { seen, gradient: blur > 1 ? alongAxes(mean, gaussian(height, blur), gaussian(width, blur)) : mean };
  };

  return (question, iteration) => {
    const here = gradientAt(question, `${iteration}`);
    const around = Array.from({ length: neighbours }, (_, i) => {
      const offsets = noise(
        `near/${iteration}/${i}`,
        question.index,
        height * width * channels,
        -reach * eps,
        reach * eps,
      );
      const x = clipByValue(add<Tensor4D>(question.x, tensor4d(offsets, question.x.shape)), low, high);
      return gradientAt({ ...question, x }, `${iteration}/${i}`);
    });
    const looks = diversity > 0 ? [glance(question)] : [];
    const all = [...[here, ...around].flatMap(({ seen }) => seen), ...looks];
    return {
      ...{ logits: (looks[0] ?? here.seen[0]).logits, loss: here.seen[0].loss, gradient: here.gradient },
      nearby: neighbours > 0 ? div<Tensor4D>(addN(around.map(({ gradient }) => gradient)), neighbours) : undefined,
      check: async () => {
        for (const each of all) await each.check();
      },
      forwards: all.length,
      backwards: all.length - looks.length,
    };
  };
}
