import { configureOnnx } from '@agoge/backend-onnx';
import { type Attack, permutation } from '@agoge/core';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { isPresent, lenet, mnist } from '../test/lenet';
import { type OfficialRun, type OfficialSetting, officialRuns } from '../test/official-runs';
import { apgdAttack } from './apgd';
import { apgdTargetedAttack } from './apgd-targeted';
import { autoAttack } from './auto-attack';
import { fabTargetedAttack } from './fab';
import { isRobust } from './runner/records';
import { runAttacks } from './runner/runner';
import { squareAttack } from './square';

// Who survives the official AutoAttack on advertorch's LeNet5, adversarially trained and not, on MNIST. Its random numbers
// cannot be replayed: stable are the examples that come out alike with all of its seeds. On those ours is to be apart on 0.5 %
// at most (in l2 and l1, which the networks were not trained for, on no more than its own seeds are), and of all examples no
// more are to survive than with its worst seed, but for 0.3 % or 2.

const full = process.env.AGOGE_TEST === 'full';
/** Examples of a case, where not all are attacked. */
const share = 8;

interface Case extends OfficialSetting {
  /** `ours` in l2 and l1 goes farther than the official code on purpose: there it is held to be no weaker. */
  variant: 'ours' | 'reference';
  official: OfficialRun[];
}

const attacksOf = ({ attack, norm, eps, queries, variant }: Case): Attack[] => {
  const common = { norm, eps, ...(variant === 'reference' && { variant }) } as const;
  const shrinks = norm === 'l1' ? { epsSchedule: 'shrinking' as const } : {};
  const made: Record<string, () => Attack[]> = {
    'apgd-ce': () => [apgdAttack({ ...common, ...shrinks })],
    'apgd-dlr': () => [apgdAttack({ ...common, loss: 'dlr' })],
    'apgd-t': () => [apgdTargetedAttack(common)],
    'fab-t': () => [fabTargetedAttack(common)],
    square: () => [squareAttack({ ...common, ...(queries && { queries }) })],
    fast: () => autoAttack({ ...common, version: 'fast' }),
  };
  return made[attack]();
};

const nameOf = ({ net, attack, norm, eps, queries }: OfficialSetting) =>
  `${net}, ${attack}${queries ? ` of ${queries} queries` : ''} in ${norm}, eps ${eps}`;

function cases(): Case[] {
  if (!isPresent) return [];
  const runs = officialRuns();
  const all = [...new Set(runs.map(nameOf))].flatMap((name): Case[] => {
    const official = runs.filter((run) => nameOf(run) === name);
    const [{ seed: _, robust: __, ...setting }] = official;
    const ours = { ...setting, official, variant: 'ours' as const };
    return setting.norm === 'linf' ? [ours] : [ours, { ...ours, variant: 'reference' }];
  });
  return full ? all : all.filter(isQuick);
}

/** What falls soon is quick. */
const isQuick = ({ net, attack, norm, queries = 0, variant }: Case) => {
  if (variant !== 'ours' || queries > 1000) return false;
  const few = net === 'clntrained' ? ['apgd-ce', 'apgd-dlr', 'fab-t'] : [];
  return few.includes(attack) || (norm === 'linf' && (attack === 'apgd-ce' || (attack === 'square' && few.length > 0)));
};

const count = (flags: readonly number[]) => flags.reduce((sum, each) => sum + each, 0);

/** Who survives according to all of some runs that met an example: 1, 0, or undefined where they do not agree. */
function agreed(runs: readonly OfficialRun[], example: number): number | undefined {
  const [first, ...others] = runs.flatMap(({ robust }) => robust[example] ?? []);
  return others.every((each) => each === first) ? first : undefined;
}

/** Of those that some runs agree on, the examples where another is apart from them. */
function apartFrom(runs: readonly OfficialRun[], robust: ReadonlyMap<number, number>) {
  const stable = [...robust.keys()].filter((example) => agreed(runs, example) !== undefined);
  return { stable, apart: stable.filter((example) => agreed(runs, example) !== robust.get(example)) };
}

describe.skipIf(!isPresent)('beside the official AutoAttack on LeNet5 (needs ../shared)', () => {
  beforeAll(async () => {
    configureOnnx({ threads: 1 });
    await setBackend('onnx');
  });

  it.each(cases().map((each) => [nameOf(each), each] as const))(
    `%s: as many fall, and the same${full ? '' : ' (of some examples; of all, and more, with AGOGE_TEST=full)'}`,
    async (name, { official, ...asked }) => {
      const most = Math.max(...official.map(({ robust }) => robust.length));
      const chosen = full ? [...Array(most).keys()] : [...permutation({ seed: 1, stream: name }, most)].slice(0, share);
      const attacks = attacksOf({ official, ...asked });
      const { records } = await runAttacks(lenet(asked.net), mnist(chosen), attacks, { batchSize: 250 });
      const mine = new Map(records.map((each) => [each.index, Number(isRobust(each))]));
      const whole = official.filter(({ robust }) => robust.length === most);
      const theirs = whole.map(({ robust }) => count(chosen.map((i) => robust[i])));
      const { stable, apart } = apartFrom(official, mine);
      const weaker = apart.filter((example) => mine.get(example));

      // In l2 and l1 chance decides more of them: each seed beside the others says how many.
      const amongThem = whole.map((run) =>
        whole.length < 3
          ? 0
          : apartFrom(
              whole.filter((other) => other !== run),
              new Map(chosen.map((i) => [i, run.robust[i]])),
            ).apart.length,
      );
      const chance = asked.norm === 'linf' ? 0 : Math.max(2, ...amongThem);
      const survivors = count([...mine.values()]);
      const said = `${survivors} survive, officially ${theirs}; of ${stable.length} stable apart on [${apart}], weaker on [${weaker}]; they among themselves ${amongThem}`;
      if (full) process.stdout.write(`${name}, ${asked.variant}, ${chosen.length} examples: ${said}\n`);
      expect(survivors, said).toBeLessThanOrEqual(Math.max(...theirs) + Math.max(2, 0.003 * chosen.length));
      const held = asked.variant === 'ours' && asked.norm !== 'linf' ? weaker : apart;
      expect(held.length, said).toBeLessThanOrEqual(Math.max(0.005 * stable.length, chance));
    },
    full ? 6e6 : 120_000,
  );
});
