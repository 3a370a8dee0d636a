import type { NormName } from '@agoge/core';
import { golden } from './lenet';
import { runs } from './official-seeds.json';

/** What the official AutoAttack was asked for: one of its attacks alone, from the clean images of a LeNet5. */
export interface OfficialSetting {
  net: 'advtrained' | 'clntrained';
  /** Its own name; or `fast`, for whoever survives both `apgd-ce` and `apgd-t`. */
  attack: string;
  norm: NormName;
  eps: number;
  /** Of `square`, after the first. */
  queries?: number;
}

/** Who survived: 1 or 0 for each of the first test images. */
export interface OfficialRun extends OfficialSetting {
  seed: number;
  robust: number[];
}

/** A key of `attacks_lenet.json`; in l1 AutoAttack's own APGD is that with the larger radii first. */
const keyPattern = /^(apgd_ce|apgd_dlr|apgd_t|fab_t|square)_(linf|l2|l1)_([\d.]+)(_largereps)?(?:_seed(\d))?$/;

function smallRuns(): OfficialRun[] {
  const { cases }: { cases: { net: OfficialRun['net']; key: string; n_queries?: number; robust: number[] }[] } =
    golden('attacks_lenet.json');
  return cases.flatMap(({ net, key, n_queries: queries, robust }) => {
    const [, attack, norm, eps, larger, seed = '0'] = keyPattern.exec(key) ?? [];
    if (!attack || (norm === 'l1' && attack.startsWith('apgd') && !larger)) return [];
    const of = { net, attack: attack.replace('_', '-'), norm: norm as NormName, eps: Number(eps) };
    return [{ ...of, ...(queries && { queries }), seed: Number(seed), robust }];
  });
}

function largeRuns(): OfficialRun[] {
  const file = golden('autoattack_lenet5_1000.json');
  return (['advtrained', 'clntrained'] as const).flatMap((net) =>
    ['apgd-ce', 'apgd-t'].map((attack) => {
      const robust: number[] = file[net][attack];
      return { net, attack, norm: 'linf' as const, eps: file[net].eps, seed: 0, robust };
    }),
  );
}

function furtherRuns(): OfficialRun[] {
  return runs.map(({ broken, n, ...run }) => {
    const robust = Array<number>(n).fill(1);
    for (const i of broken) robust[i] = 0;
    return { ...(run as Omit<OfficialRun, 'robust'>), robust };
  });
}

/** Who survives both attacks of a seed. */
function fastRuns(all: readonly OfficialRun[]): OfficialRun[] {
  return all.flatMap((run) => {
    const same = (other: OfficialRun) =>
      (['net', 'norm', 'eps', 'seed'] as const).every((name) => other[name] === run[name]) &&
      other.robust.length === run.robust.length;
    const targeted = run.attack === 'apgd-ce' && all.find((other) => other.attack === 'apgd-t' && same(other));
    if (!targeted) return [];
    return [{ ...run, attack: 'fast', robust: run.robust.map((each, i) => each * targeted.robust[i]) }];
  });
}

/** All runs of the official code that there are: those of the golden files, and those with other seeds. */
export function officialRuns(): OfficialRun[] {
  const all = [...largeRuns(), ...smallRuns(), ...furtherRuns()];
  return [...all, ...fastRuns(all)];
}
