import '@tensorflow/tfjs-backend-cpu';
import { fgsmAttack } from '@agoge/attacks';
import { setBackend } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { threeShades } from '../test/features';
import { handMadeNet } from '../test/hand-made-net';
import { jsonLines } from './json-lines';
import { standard } from './objectives/standard';
import { fit } from './train';

async function linesOf(every?: number | null): Promise<Record<string, unknown>[]> {
  await setBackend('cpu');
  let text = '';
  const write = async (line: string) => {
    await Promise.resolve();
    text += line;
  };
  await fit(handMadeNet(), threeShades(18, 1), {
    objective: standard(),
    ...{ epochs: 2, batchSize: 8, probe: { attack: fgsmAttack({ eps: 0.1 }), examples: 6 } },
    validation: { data: threeShades(6, 2), attacks: [], every: 2 },
    callbacks: jsonLines(write, every === undefined ? {} : { every }),
  });
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

it('logs steps and epochs, a line each', async () => {
  const lines = await linesOf();
  const places = lines.map(({ event, epoch, step }) => `${event} ${event === 'step' ? step : epoch}`);
  expect(places).toEqual(['step 1', 'step 2', 'step 3', 'epoch 0', 'step 4', 'step 5', 'step 6', 'epoch 1']);
  const step = 'event,epoch,step,batch,size,loss,acc,learningRate,imagesPerSecond';
  expect(Object.keys(lines[0]).join()).toBe(step);
  const validated = 'cleanAccuracy,robustAccuracy,belowBest,robustGap,';
  expect(Object.keys(lines[7]).join()).toBe(
    `event,epoch,loss,acc,learningRate,imagesPerSecond,${validated}probeAccuracy`,
  );
  expect(lines.every(({ loss }) => typeof loss === 'number')).toBe(true);
});

it('logs every so many steps, or none', async () => {
  expect((await linesOf(4)).map(({ event }) => event)).toEqual(['epoch', 'step', 'epoch']);
  expect((await linesOf(null)).map(({ event }) => event)).toEqual(['epoch', 'epoch']);
});

it('logs warnings', async () => {
  const lines: string[] = [];
  await jsonLines((line) => void lines.push(line)).onWarning?.({
    epoch: 3,
    name: 'catastrophicOverfitting',
    message: 'of 64 %',
  });
  expect(lines).toEqual(['{"event":"warning","epoch":3,"name":"catastrophicOverfitting","message":"of 64 %"}\n']);
});

it('refuses what is no option', () => {
  expect(() => jsonLines('run.jsonl' as never)).toThrow('jsonLines: write must be a function, got "run.jsonl"');
  expect(() => jsonLines(() => undefined, { every: 0 })).toThrow('jsonLines: every must be an integer >= 1 or null');
});
