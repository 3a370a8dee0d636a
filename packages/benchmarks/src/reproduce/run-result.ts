import type { History } from '@agoge/adv-train';
import { FormatError, openSealedJson, sealJson } from '@agoge/core';
import type { Environment } from '../environment';

/** What one measure of a run gave. */
export interface Measured {
  /** Images it was taken of. */
  n: number;
  /** The share of them, or the mean. */
  value: number;
  /** Of each image, in the order of the test images, `1` or `0`; where the measure is a share. */
  images?: string;
}

/** What became of one run of a plan: small, plain JSON, kept for good. */
export interface RunResult {
  paper: string;
  scale: string;
  /** Of the plan that it was made by: {@link planHash}. */
  plan: string;
  phase: 'confirm' | 'search';
  arm: string;
  seed: number;
  /** By measure, and `clean`; empty for a run that failed. */
  measures: Record<string, Measured>;
  /** Why there is nothing to measure: a loss that is not finite. */
  failed?: string;
  /** As the activations act, where they learn. */
  scalars: { name: string; value: number }[];
  history: History;
  /** SHA-256 of the weights that were measured; none for a run that failed. */
  weights?: string;
  /** Of the images trained on and of the test images, as `Batches.hash` has it. */
  data: { training: string; test: string };
  /** Of wall time; of measuring, in the process that ended it. */
  seconds: { training: number; measuring: number };
  environment: Environment;
}

const schema = 'agoge/reproduction-run@1';

/** A run's result as the bytes of its file. */
export const writeRun = (result: RunResult): Promise<Uint8Array> => sealJson({ schema, ...result });

/** Reads what {@link writeRun} wrote. @throws FormatError for what is damaged, or of another plan than `plan` */
export async function readRun(what: string, bytes: Uint8Array, plan: string): Promise<RunResult> {
  const result = (await openSealedJson(what, schema, bytes)) as unknown as RunResult;
  if (result.plan !== plan) {
    throw new FormatError(what, `is of the plan ${result.plan}, and this one is ${plan}: give another folder`);
  }
  return result;
}

/** A measure of a run, or a scalar that it learned, by its name; undefined where it has none. */
export function figureOf({ measures, scalars }: RunResult, metric: string): Measured | undefined {
  const scalar = scalars.find(({ name }) => name === metric);
  return measures[metric] ?? (scalar && { n: 1, value: scalar.value });
}

/** The images of a share as numbers. */
export const imagesOf = ({ images, value }: Measured): number[] => (images ? [...images].map(Number) : [value]);

/** A share, image by image. */
export function share(held: readonly boolean[]): Measured {
  const images = held.map((each) => (each ? '1' : '0')).join('');
  return { n: held.length, value: held.filter(Boolean).length / held.length, images };
}
