import { bestOf, type EpochRecord, type RunningSums } from './history';

/** A run's step in a line: `epoch 3/10, loss 0.512, accuracy 0.812, 1240 images/s; clean 0.82, robust 0.45, best 0.46`. */
export function noteOf(
  {
    epoch,
    loss,
    accuracy,
    imagesPerSecond,
  }: { epoch: number; loss: number; accuracy: number; imagesPerSecond: number },
  epochs: number,
  records: readonly EpochRecord[],
): string {
  const step = `epoch ${epoch + 1}/${epochs}, loss ${loss.toFixed(3)}, accuracy ${accuracy.toFixed(3)}`;
  const speed = `${imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0)} images/s`;
  const last = records.findLast(({ robustAccuracy }) => robustAccuracy !== undefined);
  const best = bestOf(records);
  if (!last || !best) return `${step}, ${speed}`;
  const [clean, robust, top] = [last.cleanAccuracy, last.robustAccuracy, best.robustAccuracy].map((each) =>
    each?.toFixed(2),
  );
  return `${step}, ${speed}; clean ${clean}, robust ${robust}, best ${top}`;
}

/** What callbacks are told at the end of an epoch: the numbers of its record, under tfjs's names where it has them. */
export function epochLogs(
  { loss, accuracy: acc, learningRate, cleanAccuracy, robustAccuracy, belowBest, robustGap, probe }: EpochRecord,
  { examples, seconds }: RunningSums,
): Record<string, number> {
  const measured = { cleanAccuracy, robustAccuracy, belowBest, robustGap, probeAccuracy: probe?.robustAccuracy };
  const told = Object.entries(measured).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return { loss, acc, learningRate, imagesPerSecond: examples / seconds, ...Object.fromEntries(told) };
}
