import { attacks } from '@agoge/attacks/registry';
import { type Attack, type Classifier, lookUp } from '@agoge/core';
import { keep, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { asBatch, classifierNamed, frameOf } from './classifiers';
import type { AttackChoice, AttackOutcome, AttackRequest, Frame } from './protocol';

/** Makes an attack of the registry. */
export function attackOf({ name, options }: AttackChoice): Attack {
  const make = lookUp('playground', 'attack', name, attacks as Readonly<Record<string, (options: object) => Attack>>);
  return make(options);
}

/** What the classifier was shown last; the tensors are the watcher's. */
interface Sight {
  x: Tensor;
  logits: Tensor;
}

/** A classifier that notes what it is shown and says. */
function watched(f: Classifier): { f: Classifier; take(): Sight | undefined } {
  let last: Sight | undefined;
  const take = () => {
    const taken = last;
    last = undefined;
    return taken;
  };
  const look: Classifier = Object.assign(
    (...[x]: Parameters<Classifier>) => {
      const logits = f(x);
      const before = take();
      before?.x.dispose();
      before?.logits.dispose();
      last = { x: keep(x.clone()), logits: keep(logits.clone()) };
      return logits;
    },
    { classes: f.classes, bounds: f.bounds, ...(f.weights && { weights: f.weights }) },
  );
  return { f: look, take };
}

/** Frames that are all sent; after them no more than one in so many milliseconds. */
const [allUpTo, every] = [128, 50];

/** Attacks one image and tells, step by step, what the classifier is shown. */
export async function runAttack(
  { classifier, image, label, attack, seed, index }: AttackRequest,
  { signal, tell }: { signal: AbortSignal; tell(frame: Frame): void },
): Promise<AttackOutcome> {
  const held = classifierNamed(classifier);
  const chosen = attackOf(attack);
  const { f, take } = watched(held.classifier);
  const [x, y] = [asBatch(held, image), tensor1d([label], 'int32')];
  const reading: Promise<void>[] = [];
  let [told, lastTold, lastStep] = [0, Number.NEGATIVE_INFINITY, 0];
  const look = (step: number) => {
    const now = performance.now();
    const sight = told < allUpTo || now - lastTold > every ? take() : undefined;
    if (!sight) return;
    [told, lastTold, lastStep] = [told + 1, now, step];
    reading.push(frameOf(held, step, sight.x, sight.logits).then(tell));
  };
  const start = performance.now();
  try {
    const found = await chosen.run(f, x, y, {
      ...{ seed, index: Float64Array.of(index), signal },
      onProgress: ({ done }) => look(done),
    });
    const seconds = (performance.now() - start) / 1000;
    await Promise.all(reading);
    const [low, high] = held.bounds;
    const scale = ['linf', 'l2', 'l1'].includes(chosen.norm) ? high - low : 1;
    return {
      last: await frameOf(held, lastStep, found.x, held.classifier(found.x)),
      broken: found.broken[0] === 1,
      distance: found.distance[0] / scale,
      forwards: found.forwards[0],
      backwards: found.backwards[0],
      seconds,
    };
  } finally {
    await Promise.allSettled(reading);
    const left = take();
    for (const each of [x, y, left?.x, left?.logits]) each?.dispose();
  }
}
