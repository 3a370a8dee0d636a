import type { FlatNetwork, LayerUse } from '@agoge/core';
import { type Range, type Sight, sightsOf } from './sight';

type Pair = readonly [rows: number, columns: number];

/** Which pixels an output is made of: on each axis those from `start + p jump` to `start + p jump + size - 1`, p its position. */
export interface ReceptiveField {
  /** Behind upsampling, where positions differ: of the largest. */
  size: Pair;
  /** From one position to the next; behind upsampling on average. */
  jump: Pair;
  /** Of position 0; less than 0 where that begins in the padding. */
  start: Pair;
}

/** A use with what it sees of its inputs, by which positions differ in what they see only up to every `phases`th. */
interface Seeing {
  use: LayerUse;
  sights: (readonly [Sight, Sight])[];
  phases: number;
}

/**
 * The receptive field of each use in a network; `all` where an output may be made of the whole image.
 *
 * Of branches that come together the one that sees farthest counts, on each side, and fields go on beyond the image's edges, as in
 * the literature. Ranges are followed from an output back to the image, so that all is whole numbers and exact.
 *
 * A. Araujo, W. Norris and J. Sim, Computing receptive fields of convolutional neural networks (Distill 2019).
 */
export function receptiveFields({ uses }: FlatNetwork): Map<LayerUse, ReceptiveField | 'all'> {
  const seeing = new Map<LayerUse, Seeing>();
  const fields = new Map<LayerUse, ReceptiveField | 'all'>();
  for (const use of uses) {
    const found = seeingOf(use, seeing);
    if (found) seeing.set(use, found);
    fields.set(use, found ? fieldOf(found, [...seeing.values()]) : 'all');
  }
  return fields;
}

/** Undefined where it or what it takes its inputs from sees all. */
function seeingOf(use: LayerUse, before: ReadonlyMap<LayerUse, Seeing>): Seeing | undefined {
  if (use.inputs.length === 0) return use.shape.length === 4 ? { use, sights: [], phases: 1 } : undefined;
  const sights: Seeing['sights'] = [];
  let phases = 1;
  for (const input of use.inputs) {
    const [sight, from] = [sightsOf(use, input.use.shape), before.get(input.use)];
    if (!sight || !from) return undefined;
    sights.push(sight);
    phases = Math.max(phases, ...sight.map(({ finer = 1 }) => from.phases * finer));
  }
  return { use, sights, phases };
}

function fieldOf(seeing: Seeing, before: readonly Seeing[]): ReceptiveField {
  const { phases } = seeing;
  const [rows, columns] = ([0, 1] as const).map((axis) => {
    const ranges = Array.from({ length: phases + 1 }, (_, at) => pixelsOf(seeing, at, axis, before));
    const [start, again] = [ranges[0][0], ranges[phases][0]];
    return {
      size: Math.max(...ranges.map(([first, last]) => last - first + 1)),
      jump: (again - start) / phases,
      start,
    };
  });
  const pair = (key: keyof ReceptiveField): Pair => [rows[key], columns[key]];
  return { size: pair('size'), jump: pair('jump'), start: pair('start') };
}

/** The pixels along one axis that a position of a use's output is made of. */
function pixelsOf({ use }: Seeing, position: number, axis: 0 | 1, uses: readonly Seeing[]): Range {
  const ranges = new Map<LayerUse, Range>();
  const widen = (of: LayerUse, [first, last]: Range) => {
    const [low, high] = ranges.get(of) ?? [first, last];
    ranges.set(of, [Math.min(first, low), Math.max(last, high)]);
  };
  widen(use, [position, position]);
  let pixels: Range = [Infinity, -Infinity];
  for (let i = uses.length - 1; i >= 0; i--) {
    const { use: each, sights } = uses[i];
    const range = ranges.get(each);
    if (!range) continue;
    if (each.inputs.length === 0) pixels = [Math.min(pixels[0], range[0]), Math.max(pixels[1], range[1])];
    each.inputs.forEach((input, j) => {
      widen(input.use, sights[j][axis].see(range));
    });
  }
  return pixels;
}
