import type { TrainingPlan } from '@agoge/adv-train/presets';
import { canonicalJson, FormatError, openSealedJson, sealJson, sha256, show } from '@agoge/core';
import type { Named, Normalisation } from '../model-description';
import type { Augmentation } from '../recipes/recipe';
import type { Scale } from '../recipes/scale';

/** How what a paper says came to us: by its abstract, a page that quotes it, its code; or it does not, and the comparison is ours. */
type Seen = 'abstract' | 'page' | 'code' | 'ours';

/** What a paper says of two arms of a plan, and what would bear it out. All is fixed before the first run that counts. */
export interface Claim {
  readonly id: string;
  readonly statement: string;
  /** Where the paper says so, and how that was seen. */
  readonly source: { readonly where: string; readonly seen: Seen };
  /** An arm by its name. */
  readonly treatment: string;
  /** Another arm, or a number: what the metric is without what is claimed. */
  readonly control: string | number;
  /** A measure of the arms, `clean`, or a scalar that their activation learns (`psilu/alpha`). */
  readonly metric: string;
  /** Which way the treatment is said to differ. */
  readonly direction: 'higher' | 'lower';
  /** What the plan expects to be able to see, in the metric's unit, by `power`; null where nothing was guessed. */
  readonly smallestEffect: number | null;
}

/** Images of a plan. */
export interface DataPlan {
  /** By its name in `@agoge/datasets`. */
  readonly name: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** `padded-rgb`: small grey images within 32 x 32 x 3. */
  readonly form?: 'padded-rgb';
  /** Only these; the network keeps an output for every class. */
  readonly classes?: readonly number[];
  /** Images trained on, drawn by the run's seed, as many of each class. */
  readonly training: number;
  /** Others, to choose the epoch by, and what is measured in a search. */
  readonly heldOut: number;
  /** Others, whose labels a model gives. */
  readonly extra?: number;
  /** Test images, the same for all runs, as many of each class. */
  readonly test: number;
}

/** One network, as it is trained and measured; a run is an arm and a seed. */
export interface Arm {
  /** For files and tables. */
  readonly name: string;
  readonly network: Named;
  /** Of `@agoge/activations`, one layer for the whole network, or `sparta` with the options of its sites. */
  readonly activation: Named;
  readonly pixels?: Normalisation;
  /** By its name in the plan. */
  readonly data: string;
  readonly augment: readonly Augmentation[];
  readonly training: TrainingPlan;
  /** What the held-out images are attacked by after so many epochs: the best epoch's weights are kept. Default: the last's. */
  readonly validation?: { readonly attack: Named; readonly every: number };
  /** More images, as a share of each batch: other data of the plan, or its extra images with the labels that another arm's model gives. */
  readonly extra?: { readonly fraction: number } & ({ readonly labelledBy: string } | { readonly data: string });
  /** Another arm, whose Sparta gates it takes and keeps as they are. */
  readonly gatesFrom?: string;
  /** By their names in the plan. */
  readonly measures: readonly string[];
  /** Of the plan's confirming seeds only these. Default: all. */
  readonly seeds?: readonly number[];
}

/** Attacks on the test images: the share that withstands all of them. */
interface AttackMeasure {
  readonly kind: 'attacks';
  /** Of `@agoge/attacks`; `autoAttack` with its options is all of a version. */
  readonly attacks: readonly Named[];
  /**
   * `own`: what the model says of the clean image is to be kept, right or wrong (RCM's consistent accuracy). `right`: the share is of
   * the images that are right as they are (1 less PAF's success rate of an attack).
   */
  readonly labels: 'true' | 'own' | 'right';
}

/** A figure of the shape study, of papers.md's section on PAF. */
export interface ShapeMeasure {
  readonly kind: 'minimum-radius' | 'lipschitz' | 'feature-difference';
  readonly options: Readonly<Record<string, unknown>>;
}

/** What is measured of an arm. */
export type Measure = (AttackMeasure | ShapeMeasure) & {
  readonly name: string;
  /** So many of the test images, as many of each class. */
  readonly images: number;
  /** Only of these seeds. Default: all. */
  readonly seeds?: readonly number[];
};

/** A table of a paper; `null` where a cell was not seen. */
interface PublishedTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly (string | null)[]; readonly seen: Seen }[];
}

/** All that a reproduction does, as JSON: written, and committed, before it is done. */
export interface Plan {
  readonly paper: PaperName;
  readonly scale: Scale;
  readonly title: string;
  /** The paper. */
  readonly source: string;
  /** What stands in for something else, what differs from the paper, how settings were come by. */
  readonly notes: readonly string[];
  readonly data: Readonly<Record<string, DataPlan>>;
  readonly arms: readonly Arm[];
  readonly measures: readonly Measure[];
  readonly claims: readonly Claim[];
  /** Runs of `search` are measured on held-out images and enter no verdict; those of `confirm` are made once. */
  readonly seeds: { readonly search: readonly number[]; readonly confirm: readonly number[] };
  /** Of the choice of test images. */
  readonly testSeed: number;
  /** How a verdict follows from an interval. */
  readonly rule: string;
  /** What `smallestEffect` was worked out from. */
  readonly power: string;
  /** Time on which machine, and what that was worked out from. */
  readonly estimate: string;
  readonly published: readonly PublishedTable[];
}

export type PaperName = 'paf' | 'rcm' | 'sat' | 'sparta';

const schema = 'agoge/plan@1';

/** A plan as the bytes of its file, sealed; its hash names it in every result. */
export async function writePlan(plan: Plan): Promise<Uint8Array> {
  checkPlan(`plan ${plan.paper} ${plan.scale}`, plan);
  return sealJson({ schema, ...JSON.parse(canonicalJson(plan)) });
}

/** SHA-256 of a plan's canonical text. */
export const planHash = (plan: Plan): Promise<string> => sha256(canonicalJson(JSON.parse(JSON.stringify(plan))));

/**
 * Reads a plan's file.
 *
 * @throws FormatError for one that was changed since it was written, or that names what it does not have
 */
export async function readPlan(what: string, bytes: Uint8Array): Promise<Plan> {
  const { schema: _, ...plan } = await openSealedJson(what, schema, bytes);
  checkPlan(what, plan as unknown as Plan);
  return plan as unknown as Plan;
}

/** That all a plan names is there, in an order in which it can be run, and that no seed serves both search and confirmation. */
function checkPlan(what: string, { arms, data, measures, claims, seeds }: Plan): void {
  const refuse = (why: string) => {
    throw new FormatError(what, why);
  };
  const names = arms.map(({ name }) => name);
  const measured = new Map(arms.map((arm) => [arm.name, new Set(['clean', ...arm.measures])]));
  if (measured.size < names.length) refuse('two arms have one name');
  const both = seeds.search.find((seed) => seeds.confirm.includes(seed));
  if (both !== undefined) refuse(`seed ${both} serves both search and confirmation`);
  arms.forEach((arm, i) => {
    if (!/^[\w.+-]+$/.test(arm.name)) refuse(`the name of arm ${show(arm.name)} must be of letters, digits, . + _ -`);
    if (!Object.hasOwn(data, arm.data)) refuse(`arm ${arm.name} has data ${show(arm.data)}, which the plan has not`);
    const missing = needsOf(arm).find((need) => !names.slice(0, i).includes(need));
    if (missing !== undefined) refuse(`arm ${arm.name} needs ${show(missing)}, which no arm before it is`);
    const unknown = arm.measures.find((name) => !measures.some((each) => each.name === name));
    if (unknown !== undefined) refuse(`arm ${arm.name} has measure ${show(unknown)}, which the plan has not`);
  });
  for (const { id, treatment, control, metric } of claims) {
    const isScalar = metric.includes('/');
    const lacks = [treatment, control].find(
      (name) => typeof name === 'string' && !(isScalar ? measured.has(name) : measured.get(name)?.has(metric)),
    );
    if (lacks !== undefined) refuse(`claim ${id}: there is no arm ${show(lacks)} with measure ${show(metric)}`);
  }
}

/** The arms whose weights an arm cannot begin without. */
export const needsOf = ({ extra, gatesFrom }: Arm): string[] =>
  [extra && 'labelledBy' in extra ? extra.labelledBy : undefined, gatesFrom].filter((name) => name !== undefined);
