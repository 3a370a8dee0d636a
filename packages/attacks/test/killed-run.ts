import '@tensorflow/tfjs-backend-cpu';
import { fileStore } from '@agoge/core/node';
import { apgdAttack } from '../src/apgd';
import { fgsmAttack } from '../src/fgsm';
import { pgdAttack } from '../src/pgd';
import type { RunnerResult } from '../src/runner/run-options';
import { runAttacks } from '../src/runner/runner';
import { anyGap, brighter, gapsOf } from './gaps';

/** A run of some seconds that keeps its state in a folder, and goes on from there. */
export async function killedRun(folder: string): Promise<RunnerResult> {
  const attacks = [fgsmAttack({ eps: 0.1 }), pgdAttack({ eps: 0.15, steps: 5 }), apgdAttack({ eps: 0.2, steps: 20 })];
  let told = 0;
  return runAttacks(brighter(), gapsOf(120, anyGap), attacks, {
    ...{ batchSize: 8, seed: 3, keep: 12 },
    state: { store: fileStore(folder), images: 'uint8' },
    onProgress: () => process.send?.(told++),
  });
}
