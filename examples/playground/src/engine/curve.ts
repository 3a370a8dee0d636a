import { securityCurve } from '@agoge/attacks';
import { attackOf } from './attack';
import { classifierNamed } from './classifiers';
import type { CurvePoint, CurveRequest } from './protocol';
import { testData } from './test-data';

/** Examples that are attacked together: as `agoge evaluate` does. */
const batchSize = 64;

/** Robust accuracy over eps on the first test images, unattacked first, each point told as soon as it is known. */
export async function runCurve(
  { classifier, attacks, examples, seed }: CurveRequest,
  { signal, tell }: { signal: AbortSignal; tell(point: CurvePoint): void },
): Promise<{ points: CurvePoint[]; seconds: number }> {
  const held = classifierNamed(classifier);
  const data = await testData(held);
  const start = performance.now();
  const at = new Map(attacks.map(({ eps, attack }) => [eps, [attackOf(attack)]]));
  const options = { batchSize, examples, seed, signal, onPoint: tell };
  const points = await securityCurve(held.classifier, data, (eps) => at.get(eps) ?? [], [0, ...at.keys()], options);
  return { points, seconds: (performance.now() - start) / 1000 };
}
