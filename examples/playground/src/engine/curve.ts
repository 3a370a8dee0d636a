import { isRobust, runAttacks } from '@agoge/attacks';
import { attackOf } from './attack';
import { classifierNamed } from './classifiers';
import type { CurvePoint, CurveRequest } from './protocol';
import { testData } from './test-data';

/** Examples that are attacked together: as `agoge evaluate` does. */
const batchSize = 64;

/**
 * Robust accuracy over eps on the first test images, each point told as soon as it is known.
 *
 * As `securityCurve` of @agoge/attacks: what was broken in a ball is broken in every larger one.
 */
export async function runCurve(
  { classifier, attacks, examples, seed }: CurveRequest,
  { signal, tell }: { signal: AbortSignal; tell(point: CurvePoint): void },
): Promise<{ points: CurvePoint[]; seconds: number }> {
  const held = classifierNamed(classifier);
  const data = await testData(held);
  const start = performance.now();
  const points: CurvePoint[] = [];
  const fallen = new Set<number>();
  const add = (eps: number, broken: number) => {
    const point = { eps, accuracy: 1 - broken / examples };
    points.push(point);
    tell(point);
  };
  for (const { eps, attack } of attacks) {
    if (fallen.size < examples) {
      const run = { batchSize, examples, seed, signal };
      const { records } = await runAttacks(held.classifier, data, [attackOf(attack)], run);
      if (points.length === 0) add(0, records.filter(({ correct }) => !correct).length);
      for (const record of records) if (!isRobust(record)) fallen.add(record.index);
    }
    add(eps, fallen.size);
  }
  return { points, seconds: (performance.now() - start) / 1000 };
}
