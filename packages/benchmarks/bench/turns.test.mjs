import { expect, it } from 'vitest';
import { onPytorch } from './contestants.mjs';
import { start, timeInTurns } from './turns.mjs';

/** Answers as told, and notes who was asked what. */
function player(name, asked, answer) {
  const ask = async (what, calls) => {
    asked.push(`${name} ${what.batch}`);
    return answer(what, calls);
  };
  return { name, ask };
}

it('asks all in each round, there and back again', async () => {
  const asked = [];
  const players = ['a', 'b'].map((name, i) => player(name, asked, () => ({ ms: 1000 * (i + 1), flops: 7, peak: 5 })));
  const results = await timeInTurns({ batch: 4 }, players, { rounds: 2, limit: 10 });
  // Two calls each to warm up, the rest are rounds.
  expect(asked).toEqual(['a 4', 'a 4', 'b 4', 'b 4', 'a 4', 'b 4', 'b 4', 'a 4']);
  expect(results.get('b')).toEqual({ times: [2000, 2000], first: 2000, flops: 7, peak: 5 });
});

it('leaves out of further rounds who has used up its time, once it was measured', async () => {
  const slow = player('slow', [], () => ({ ms: 3000 }));
  const results = await timeInTurns({ batch: 4 }, [slow], { rounds: 5, limit: 5 });
  expect(results.get('slow').times).toEqual([3000, 3000]);
});

it('times wasm with two images where a call would take too long, and only there', async () => {
  const perImage = (ms) => player('wasm', [], ({ batch }) => ({ ms: ms * batch, flops: batch }));
  const timed = async (ms) => (await timeInTurns({ batch: 32 }, [perImage(ms)], { rounds: 1, limit: 20 })).get('wasm');
  expect(await timed(300)).toMatchObject({ times: [9600], images: 2, flops: 32 });
  const fast = await timed(100);
  expect(fast).toMatchObject({ times: [3200], flops: 32 });
  expect(fast).not.toHaveProperty('images');
  const whole = await timeInTurns({ batch: 32, whole: true }, [perImage(300)], { rounds: 1, limit: 20 });
  expect(whole.get('wasm')).not.toHaveProperty('images');
});

it('keeps a number of the first result, but of two images where the whole batch makes it', async () => {
  const answer = ({ batch }) => ({ ms: 300 * batch, check: batch });
  const checked = async (name, row) => {
    const player = { name, ask: async (asked) => answer(asked) };
    return (await timeInTurns({ batch: 32, row }, [player], { rounds: 1, limit: 20 })).get(name).check;
  };
  expect(await checked('onnx', 'training step')).toBe(32);
  expect(await checked('wasm', 'input gradient')).toBe(2);
  expect(await checked('wasm', 'training step')).toBeUndefined();
});

it('adds up what was compiled, and keeps the time within the runtime', async () => {
  const answers = [
    { ms: 900, compiled: 1, compileMs: 500, runMs: 300 },
    { ms: 2000, compiled: 1, compileMs: 400, runMs: 280 },
    { ms: 310, compiled: 0, compileMs: 0, runMs: 290 },
  ];
  const ours = player('onnx', [], () => answers.shift());
  const results = await timeInTurns({ batch: 4 }, [ours], { rounds: 1, limit: 10 });
  expect(results.get('onnx')).toMatchObject({ times: [310], runs: [290], compiled: 2, compileMs: 900, first: 900 });
});

it('says what failed, and lets the others go on', async () => {
  const failing = player('failing', [], () => ({ error: 'no such kernel' }));
  const other = player('other', [], () => ({ ms: 1000 }));
  const results = await timeInTurns({ batch: 4 }, [failing, other], { rounds: 1, limit: 10 });
  expect(results.get('failing')).toEqual({ error: 'no such kernel' });
  expect(results.get('other').times).toEqual([1000]);
});

it('says why a contestant does not run', async () => {
  const absent = onPytorch('no-such-python');
  expect(await start(absent, { threads: 1 })).toMatchObject({ missing: 'spawn no-such-python ENOENT' });
});
