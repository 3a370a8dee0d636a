import { plural } from '@agoge/core';
import { percent } from '../percent';
import { wilson } from '../wilson';
import { type PairedDifference, pairedDifference } from './paired';
import { type DataPlan, type Plan, planHash } from './plan';
import { imagesOf, type RunResult } from './run-result';
import { type Judged, judge } from './verdict';

/** A table of text; cells beyond the first column are figures, but where they are said to be words. */
export interface AccountTable {
  caption: string;
  columns: readonly string[];
  rows: readonly (readonly string[])[];
  /** Columns of words, beside the first. */
  words?: readonly string[];
}

/** A part of the account of a reproduction, for pages and Markdown alike. */
export interface AccountSection {
  heading: string;
  text: readonly string[];
  list?: readonly string[];
  table?: AccountTable;
}

/**
 * All that is said of a reproduction: the verdicts, the figures they rest on, the paper's own in a table of their own, what the plan
 * fixed and where it ran. Runs that failed are named.
 *
 * @param results of confirming runs, of that plan
 */
export async function accountOf(plan: Plan, results: readonly RunResult[]): Promise<AccountSection[]> {
  const judged = judge(plan, results);
  const hash = await planHash(plan);
  return [
    verdicts(plan, judged),
    figures(plan, results),
    ...unlearned(plan, results),
    ...learned(plan, results),
    ...failures(results),
    ...plan.published.map(({ title, columns, rows }) => ({
      heading: 'What the paper has',
      text: [
        'Not measured here, and on other data or at another size than the table above: not to be read in one line with it.',
      ],
      table: {
        caption: title,
        columns: ['', ...columns, 'seen in'],
        words: ['seen in'],
        rows: rows.map(({ name, cells, seen }) => [
          name,
          ...cells.map((cell) => cell ?? 'not seen'),
          cells.every((cell) => cell === null) ? '' : seenIn[seen],
        ]),
      },
    })),
    {
      heading: 'How it was done',
      text: [plan.source, `Rule: ${plan.rule}`, `Smallest effects: ${plan.power}`],
      list: plan.notes,
    },
    provenance(plan, results, hash),
  ];
}

const seenIn = { abstract: 'its abstract', page: 'a page that quotes it', code: 'its code', ours: 'not the paper' };

/** Points with their sign. */
const points = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)}`;
const isShare = (plan: Plan, metric: string) =>
  metric === 'clean' || plan.measures.some((each) => each.name === metric && each.kind === 'attacks');
const amount = (value: number) => (value < 0 ? `−${(-value).toPrecision(3)}` : `+${value.toPrecision(3)}`);

function verdicts(plan: Plan, judged: readonly Judged[]): AccountSection {
  const counts = [...new Set(judged.map(({ verdict }) => verdict))].map(
    (each) => `${judged.filter(({ verdict }) => verdict === each).length} ${each}`,
  );
  return {
    heading: 'Verdicts',
    text: [
      `Of ${judged.length} claims ${counts.join(', ')}. A difference is treatment less control, in points where it is of shares.`,
    ],
    table: {
      caption: 'Claims, as the plan fixed them before the runs',
      columns: [
        'claim',
        'verdict',
        'difference, 95 %',
        'seeds',
        'of',
        'planned to see',
        'could see',
        'treatment, control',
        'where it is said',
      ],
      words: ['verdict', 'of', 'treatment, control', 'where it is said'],
      rows: judged.map(({ claim, difference, couldSee, verdict, because }) => {
        const text = isShare(plan, claim.metric) ? points : amount;
        const size = (effect?: number | null) => (typeof effect === 'number' ? text(effect).slice(1) : '–');
        return [
          claim.statement,
          because === undefined ? verdict : `${verdict}: ${because}`,
          difference ? `${text(difference.mean)} (${difference.interval.map(text).join(' to ')})` : '–',
          difference ? String(difference.seeds) : '–',
          claim.metric,
          size(claim.smallestEffect),
          size(couldSee),
          `${claim.treatment}, ${claim.control}`,
          `${seenIn[claim.source.seen]}: ${claim.source.where}`,
        ];
      }),
    },
  };
}

function figures(plan: Plan, results: readonly RunResult[]): AccountSection {
  const metrics = ['clean', ...plan.measures.map(({ name }) => name)].filter((metric) =>
    results.some(({ measures }) => measures[metric] !== undefined),
  );
  const rows = plan.arms.map(({ name }) => {
    const mine = results.filter((each) => each.arm === name && each.failed === undefined);
    return [name, ...metrics.map((metric) => cellOf(plan, metric, mine)), String(mine.length)];
  });
  return {
    heading: 'Ours',
    text: [
      'Means over seeds, with 95 % intervals for other seeds and other images where there are two seeds or more; one seed stands without one.',
    ],
    table: { caption: `${plan.title}, ${plan.scale}`, columns: ['arm', ...metrics, 'seeds'], rows },
  };
}

/** A mean over seeds with its interval: that of its difference from 0. */
function cellOf(plan: Plan, metric: string, results: readonly RunResult[]): string {
  const found = results.flatMap(({ measures }) => measures[metric] ?? []);
  if (found.length === 0) return '–';
  const text = (value: number) => (isShare(plan, metric) ? `${(100 * value).toFixed(1)}` : value.toPrecision(3));
  const mean = found.reduce((sum, { value }) => sum + value, 0) / found.length;
  const unit = isShare(plan, metric) ? ' %' : '';
  if (found.length === 1) return `${text(mean)}${unit} (n ${found[0].n})`;
  const table = found.map(imagesOf);
  const { interval }: PairedDifference = pairedDifference(
    table,
    table.map((row) => row.map(() => 0)),
  );
  // Of a share nothing lies beyond 0 and 1.
  const within = isShare(plan, metric) ? interval.map((end) => Math.min(1, Math.max(0, end))) : interval;
  return `${text(mean)}${unit} (${within.map(text).join(' to ')})`;
}

/** What activations learned, by arm and seed. */
function learned(plan: Plan, results: readonly RunResult[]): AccountSection[] {
  const rows = plan.arms.flatMap(({ name }) => {
    const mine = results.filter((each) => each.arm === name && each.scalars.length > 0);
    const scalars = [...new Set(mine.flatMap((each) => each.scalars.map((scalar) => scalar.name)))];
    return scalars.map((scalar) => [
      name,
      scalar,
      mine.map((each) => each.scalars.find((one) => one.name === scalar)?.value.toPrecision(4) ?? '–').join(', '),
    ]);
  });
  if (rows.length === 0) return [];
  const table = {
    caption: 'At the end of training, seed by seed',
    columns: ['arm', 'scalar', 'values'],
    rows,
    words: ['scalar'],
  };
  return [{ heading: 'What activations learned', text: [], table }];
}

function failures(results: readonly RunResult[]): AccountSection[] {
  const failed = results.filter((each) => each.failed !== undefined);
  if (failed.length === 0) return [];
  return [
    {
      heading: 'Runs that failed',
      text: ['They count: a claim on one of them is undecided.'],
      list: failed.map(({ arm, seed, failed: why }) => `${arm}, seed ${seed}: ${why}`),
    },
  ];
}

/** How many classes the images are of; ten where the plan does not say. */
const classesOf = ({ classes, options }: DataPlan) => classes?.length ?? Number(options?.classes ?? 10);

/** Networks that answer no better than by chance: the rule counts them, but a claim on them was hardly put to the test. */
function unlearned({ arms, data, claims }: Plan, results: readonly RunResult[]): AccountSection[] {
  const found = arms.flatMap(({ name, data: of }) => {
    const chance = 1 / classesOf(data[of]);
    const isByChance = ({ arm, measures: { clean } }: RunResult) =>
      arm === name && clean !== undefined && wilson(Math.round(clean.value * clean.n), clean.n)[0] <= chance;
    const those = results.filter(isByChance);
    return those.length > 0 ? [{ name, those, chance }] : [];
  });
  if (found.length === 0) return [];
  const touched = claims.filter(({ treatment, control }) =>
    found.some(({ name }) => name === treatment || name === control),
  );
  return [
    {
      heading: 'Networks that learned nothing',
      text: [
        'Their clean accuracy is not clearly above chance (the lower end of its 95 % interval). The rule counts them like all others, but how much such a network withstands says nothing.',
        ...(touched.length > 0
          ? [`Claims that rest on them: ${touched.map(({ statement }) => statement).join('; ')}.`]
          : []),
      ],
      list: found.map(({ name, those, chance }) => {
        const seeds = those.map(({ seed, measures }) => `seed ${seed} ${percent(measures.clean.value)}`);
        return `${name}, chance ${percent(chance)}: ${seeds.join(', ')}`;
      }),
    },
  ];
}

function provenance(plan: Plan, results: readonly RunResult[], hash: string): AccountSection {
  const machines = results.map(({ environment: { backend, threads, cpus, node, platform, versions } }) => {
    const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
    return `${backend} backend, ${plural(threads, 'thread')}, ${cpus.count} x ${cpus.model}, ${platform}, Node ${node}; ${packages.join(', ')}`;
  });
  const hours = results.reduce((sum, { seconds }) => sum + seconds.training + seconds.measuring, 0) / 3600;
  const data = new Map(results.map((each) => [each.data.test, each]));
  return {
    heading: 'Where it ran',
    text: [
      `Plan ${hash}, kept as ${plan.scale}.plan.json before any run that counts. Estimated: ${plan.estimate}. Taken: ${hours.toFixed(1)} hours of ${results.length} runs.`,
    ],
    list: [...new Set(machines), ...[...data.keys()].map((each) => `test images: ${each}`)],
  };
}
