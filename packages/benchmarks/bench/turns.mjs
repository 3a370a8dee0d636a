// Contestants in processes of their own, timed in turns: none disturbs another's memory or threads, and a machine that slows down
// slows all of them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { env } from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Starts one, which is a program: `name`, `command`, `args`, and its own `conditions`.
 *
 * @param conditions what it is told first, but for what its own say otherwise
 * @param signal at which its process ends
 * @returns the contestant with `words` about itself, `ask` and `end`; or with `missing`, why it does not run
 */
export async function start(contestant, shared, signal) {
  const conditions = { ...shared, ...contestant.conditions };
  const threads = String(conditions.threads);
  const child = spawn(contestant.command, contestant.args, {
    signal,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...env, OMP_NUM_THREADS: threads, TF_NUM_INTRAOP_THREADS: threads, TF_NUM_INTEROP_THREADS: '1' },
  });
  let last = '';
  child.stderr.on('data', (text) => {
    last = String(text).trim().split('\n').at(-1) || last;
  });
  child.on('error', ({ message }) => {
    last = message;
  });
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (what) => {
    child.stdin.write(`${JSON.stringify(what)}\n`);
    const { value } = await lines.next();
    return value ? JSON.parse(value) : { error: last || 'its process has ended' };
  };
  const ended = once(child, 'close').catch(() => {});
  const end = () => {
    child.stdin.end();
    return ended;
  };
  const { error, ...hello } = await ask(conditions);
  if (error !== undefined) {
    await end();
    return { ...contestant, missing: error };
  }
  const name = `${hello.name ?? contestant.name}${contestant.suffix ?? ''}`;
  return { ...contestant, ...hello, name, ask: (asked, calls) => ask({ case: asked, calls }), end };
}

/**
 * Times a case: some calls each to warm up, then a turn each per round, there and back again.
 *
 * A turn is as many calls as fill a fortieth of the limit, and twice as many go before the first. Who has used up the limit takes
 * no part in further rounds. A contestant on wasm is timed with two images first, and, where a call would take too long, with two
 * images only, unless the case is `whole`: `images` says so, and its times are those of two times batch / 2.
 *
 * A result's `check` is a number of the first call's result, which is the same for all who compute the same.
 *
 * @param limit seconds that each contestant has
 * @returns for each contestant by name its `times` by round, `first` call, `check` and what its answers told; or its `error`
 */
export async function timeInTurns(asked, players, { rounds, limit }) {
  const results = new Map();
  for (const player of players) results.set(player, await warmedUp(asked, player, limit * 1000, rounds));
  for (let round = 0; round < rounds; round++) {
    for (const player of round % 2 ? players.toReversed() : players) {
      const result = results.get(player);
      if (result.error || result.spent > limit * 1000) continue;
      await pause(50); // threads of the one before spin for a while
      const told = await player.ask(result.asked, result.calls);
      result.error = told.error;
      result.times[round] = told.ms * result.scale;
      result.runs[round] = told.runMs;
      result.spent += told.ms * result.calls;
      result.told.push(told);
    }
  }
  return new Map([...results].map(([{ name }, result]) => [name, summary(result)]));
}

async function warmedUp(asked, player, limit, rounds) {
  const pair = { ...asked, batch: 2 };
  const told = [];
  let trial = asked;
  if (player.name.startsWith('wasm') && asked.batch > 2 && !asked.whole) {
    const probe = await player.ask(pair, 1);
    if (probe.error || ((probe.ms * asked.batch) / 2) * (rounds + 2) > limit) {
      trial = pair;
      told.push(probe);
    }
  }
  // A second call may compile too.
  const isEnough = ({ error, ms }) => error || (trial === pair && ms > limit / 4);
  while (told.length < 2 && !told.some(isEnough)) told.push(await player.ask(trial, 1));
  const { error, ms } = told.at(-1);
  if (error) return { error };
  const calls = Math.max(1, Math.round(limit / 40 / ms));
  // JavaScript's engine compiles what it has seen some times.
  if (ms < limit / 20) told.push(await player.ask(trial, Math.max(2 * calls, 3)));
  const scale = trial === asked ? 1 : asked.batch / 2;
  return { asked: trial, scale, calls, told, times: [], runs: [], spent: 0 };
}

/** Of two images such a result is another than of more. */
const isOfBatch = ({ row }) => row === 'training step' || row === 'filter gradient';

function summary({ error, asked, scale, told, times, runs }) {
  if (error) return { error };
  const [first] = told;
  const total = (key) => told.reduce((sum, each) => sum + each[key], 0);
  return {
    times,
    ...(scale > 1 && { images: asked.batch }),
    flops: first.flops * scale,
    ...(first.check !== undefined && !(scale > 1 && isOfBatch(asked)) && { check: first.check }),
    peak: told.at(-1).peak,
    first: first.ms * scale,
    ...(first.compileMs !== undefined && { compiled: total('compiled'), compileMs: total('compileMs'), runs }),
  };
}
