import {
  type Attack,
  type AttackResult,
  type BlackBox,
  type Bounds,
  type Classifier,
  ShapeError,
  said,
} from '@agoge/core';
import { drawInside, sizeOf } from '../inside-ball';
import type { Images } from '../rows';
import { verdictOn } from '../verdict';

/** What the attacker of a run may do: an image outside it breaks nothing. */
export interface RunThreat {
  /** In `l0` values are counted, pixels times channels; `none` holds nobody. */
  norm: Attack['norm'];
  eps: number;
}

/** The examples that an attack met, as the runner knows them. */
export interface Met extends Images {
  readonly labels: Int32Array;
  /** Absolute numbers. */
  readonly index: Float64Array;
}

/** What the images of an attack are, by the runner's own measure. One entry per example. */
export interface Judgement {
  /** In ball and bounds. */
  images: Float32Array;
  broken: boolean[];
  /** In the attack's norm; in l2 where it has none. */
  distance: number[];
  prediction: Int32Array;
  margin: Float32Array;
  /** Cross entropy. */
  loss: number[];
  /** Taken for broken by the attack, and classified as the label. */
  refuted: number;
  /** Misclassified, but outside the threat. */
  outside: number;
}

/** What rounding may do to an image, as a share of eps and of the bounds' range: it is drawn back, and is no fault. */
const shareOfEps = 1e-3;
const shareOfRange = 1e-6;

/** An attack's own ball, where it has one. */
export function ballOf({ norm, options: { eps } }: Attack): RunThreat | undefined {
  return typeof eps === 'number' ? { norm, eps } : undefined;
}

/** Whether an image lies in a ball, but for rounding. */
export function liesIn(
  { norm, eps }: RunThreat,
  image: Float32Array,
  clean: Float32Array,
  [low, high]: Bounds,
): boolean {
  if (norm === 'none') return true;
  // Values are counted: nothing is rounded.
  const slack = norm === 'l0' ? 0 : eps * shareOfEps + shareOfRange * (high - low);
  return sizeOf(norm, image, clean) <= eps + slack;
}

/**
 * Takes nothing from an attack on trust: its images are drawn into ball and bounds where rounding put them outside, and
 * classified once more; that alone decides who is broken.
 *
 * @param threat beside the attack's own ball (its `eps`, in its norm), which is always enforced
 * @throws RangeError, naming attack and example, for images that are not finite or outside the bounds or the attack's own
 * ball; ShapeError for results of other shapes
 */
export async function judge(
  who: string,
  f: Classifier | BlackBox,
  attack: Attack,
  result: AttackResult,
  met: Met,
  threat: RunThreat | undefined,
): Promise<Judgement> {
  const teller = `${who}: ${attack.name}`;
  checkShapes(teller, result, met);
  const n = met.labels.length;
  const length = met.x.length / n;
  const images = Float32Array.from(await result.x.data());
  const ball = ballOf(attack);
  const rowOf = (all: Float32Array, i: number) => all.subarray(i * length, (i + 1) * length);
  const distance = Array.from(met.index, (example, i) => {
    const [image, clean] = [rowOf(images, i), rowOf(met.x, i)];
    enforceBounds(teller, image, example, f.bounds);
    if (attack.norm === 'none') return sizeOf('l2', image, clean);
    if (!ball) return sizeOf(attack.norm, image, clean);
    if (!liesIn(ball, image, clean, f.bounds)) {
      const size = sizeOf(attack.norm, image, clean);
      throw outOfPlace(
        teller,
        example,
        `lies outside its ball: its ${attack.norm} size is ${size}, eps is ${ball.eps}`,
      );
    }
    return drawInside(attack.norm, image, clean, ball.eps);
  });

  const places = [...met.labels.keys()];
  const { prediction, margin, logits } = await verdictOn(
    teller,
    f,
    { x: images, shape: met.shape },
    places,
    met.labels,
  );
  const isWrong = places.map((i) => prediction[i] !== met.labels[i]);
  const isInside = places.map((i) => !threat || liesIn(threat, rowOf(images, i), rowOf(met.x, i), f.bounds));
  const count = (flag: (i: number) => boolean) => places.filter(flag).length;
  return {
    ...{ images, distance, prediction, margin },
    broken: places.map((i) => isWrong[i] && isInside[i]),
    loss: places.map((i) => crossEntropyOf(logits.subarray(i * f.classes, (i + 1) * f.classes), met.labels[i])),
    refuted: count((i) => result.broken[i] === 1 && !isWrong[i]),
    outside: count((i) => isWrong[i] && !isInside[i]),
  };
}

/** `log sum exp z - z_y`, in float64. */
export function crossEntropyOf(logits: Float32Array, label: number): number {
  const most = logits.reduce((a, b) => Math.max(a, b));
  return Math.log(logits.reduce((sum, each) => sum + Math.exp(each - most), 0)) + most - logits[label];
}

function checkShapes(teller: string, { x, ...perExample }: AttackResult, { shape, labels }: Met): void {
  if (x.shape.join() !== shape.join()) throw new ShapeError(teller, 'the x returned', `[${shape.join(', ')}]`, x.shape);
  for (const [name, values] of Object.entries(perExample)) {
    if (values === undefined || values.length === labels.length) continue;
    throw new ShapeError(teller, `the ${name} returned`, `[${labels.length}]`, [values.length]);
  }
}

function enforceBounds(teller: string, image: Float32Array, example: number, [low, high]: Bounds): void {
  const slack = shareOfRange * (high - low);
  for (let i = 0; i < image.length; i++) {
    const pixel = image[i];
    if (!Number.isFinite(pixel)) throw outOfPlace(teller, example, `holds a pixel that is not finite: ${pixel}`);
    if (pixel < low - slack || pixel > high + slack) {
      throw outOfPlace(teller, example, `leaves the bounds [${low}, ${high}]: a pixel is ${pixel}`);
    }
    image[i] = Math.min(high, Math.max(low, pixel));
  }
}

const outOfPlace = (teller: string, example: number, what: string) =>
  said(new RangeError(`${teller}: its image of example ${example} ${what}`));
