import '@tensorflow/tfjs-backend-cpu';
import { fgsmAttack } from '../src/fgsm';
import { runAttacks } from '../src/runner/runner';
import { brighter, gapsOf } from './gaps';

/** Attacks so many examples, a gap of 0.1 or of 0.3 by turns, and tells their parent what came of it and the heap on the way. */
export async function longStream(examples: string): Promise<void> {
  let [told, broken] = [0, 0];
  const heap: number[] = [];
  const data = gapsOf(Number(examples), (example) => 0.1 + 0.2 * (example % 2));
  const result = await runAttacks(brighter(), data, [fgsmAttack({ eps: 0.1 })], {
    batchSize: 1000,
    onRecords(records) {
      told += records.length;
      broken += records.filter(({ brokenBy }) => brokenBy !== null).length;
      globalThis.gc?.();
      heap.push(process.memoryUsage().heapUsed);
    },
  });
  process.send?.({ told, broken, held: result.records.length, summary: result.attacks[0].broken, heap });
}
