import '@agoge/backend-onnx';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { golden, isPresent, lenet, mnist } from '../test/lenet';
import { runAttacks } from './runner/runner';
import { squareAttack } from './square';

// Survivors of the official code, two seeds in linf and one in l2 and l1; per-example draws cannot be replayed.

describe.skipIf(!isPresent)('square on LeNet5 and MNIST (needs ../shared)', () => {
  beforeAll(async () => {
    await setBackend('onnx');
  });

  it.each([
    ['advtrained', 'linf', 0.3, 1000, 40],
    ['clntrained', 'linf', 0.3, 1000, 100],
    ['advtrained', 'l2', 2, 1000, 40],
    ['clntrained', 'l2', 2, 1000, 40],
    ['advtrained', 'l1', 10, 500, 50],
    ['clntrained', 'l1', 10, 500, 50],
  ] as const)(
    '%s, %s: no more survive than of the official code and 2',
    async (net, norm, eps, queries, examples) => {
      const cases = golden('attacks_lenet.json').cases as { net: string; key: string; robust: number[] }[];
      const theirs = cases
        .filter((each) => each.net === net && each.key.startsWith(`square_${norm}_`))
        .map(({ robust }) => robust.slice(0, examples).reduce((sum, each) => sum + each, 0));
      expect(theirs.length).toBe(norm === 'linf' ? 2 : 1);
      const attack = squareAttack({ norm, eps, queries });
      const { records } = await runAttacks(lenet(net), mnist(examples), [attack], { batchSize: 50 });
      const survivors = records.filter(({ correct, brokenBy }) => correct && brokenBy === null).length;
      expect(survivors).toBeLessThanOrEqual(Math.max(...theirs) + 2);
    },
    600_000,
  );
});
