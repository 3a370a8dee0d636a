import { expect, it } from 'vitest';
import type { EpochRecord } from './history';
import { epochLogs, noteOf } from './narration';

const step = { epoch: 2, loss: 0.51234, accuracy: 0.8125, imagesPerSecond: 1234.5 };
const record: EpochRecord = { epoch: 0, loss: 1.5, accuracy: 0.5, learningRate: 0.1, seconds: 2 };

it('tells a step, and the last validation beside the best', () => {
  expect(noteOf(step, 10, [record])).toBe('epoch 3/10, loss 0.512, accuracy 0.813, 1235 images/s');
  expect(noteOf({ ...step, imagesPerSecond: 3.14 }, 10, [])).toBe(
    'epoch 3/10, loss 0.512, accuracy 0.813, 3.1 images/s',
  );
  const validated = [
    { ...record, cleanAccuracy: 0.9, robustAccuracy: 0.46 },
    { ...record, epoch: 1, cleanAccuracy: 0.82, robustAccuracy: 0.4 },
    { ...record, epoch: 2 },
  ];
  expect(noteOf(step, 10, validated)).toMatch(/1235 images\/s; clean 0\.82, robust 0\.40, best 0\.46$/);
});

it('tells of an epoch what was measured, and nothing else', () => {
  const sums = { examples: 100, loss: 150, correct: 50, seconds: 2 };
  expect(epochLogs(record, sums)).toEqual({ loss: 1.5, acc: 0.5, learningRate: 0.1, imagesPerSecond: 50 });
  const probe = { cleanAccuracy: 0.9, robustAccuracy: 0, ownAccuracy: 0.8 };
  const logs = epochLogs(
    { ...record, cleanAccuracy: 0.9, robustAccuracy: 0.5, belowBest: 0, robustGap: 0, probe },
    sums,
  );
  expect(logs).toMatchObject({ cleanAccuracy: 0.9, robustAccuracy: 0.5, belowBest: 0, robustGap: 0, probeAccuracy: 0 });
});
