import { boolean, checkOptions, ModelError, show } from '@agoge/core';
import { tidy } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { HasLayers } from '../layers-within';
import { type GateValues, gatesOfFile, gatesOfModel } from './gates-of';
import { ownName } from './own-name';
import { steepness } from './sparta';
import { spartaByName } from './sparta-layers';

export interface TransplantOptions {
  /** Whether the layers of `to` are frozen, as in the paper's experiment. Default true; false leaves them as they are. */
  freeze?: boolean;
}

/** Which layer of the source a layer of the target has its weights from. */
export interface Transplanted {
  to: string;
  from: string;
}

/**
 * Copies the {@link Sparta} weights of one network into another, bit for bit, and freezes them there: train a network with
 * Sparta, then train another depth, or on other data, with what its gates have learned.
 *
 * Every Sparta layer of `to` takes the weights of the layer of the same name in `from`. So gates shared by a network or a
 * stage go to networks of any depth that have these stages. Gates of single sites are taken in turn within their stage: site
 * `sparta/stage1/5` takes `sparta/stage1/1` of a source with 4 sites in stage 1 (5 modulo 4), which in networks of equal blocks is a
 * site at the same place of a block. Layers of `from` that nobody asks for are left out.
 *
 * Frozen is `trainable = false` on each layer of `to` ({@link Sparta}). A stage gate fits equal channel widths only.
 *
 * Protocol of Q. Guo et al. 2021 (arXiv 2105.08269, abstract); the rule for single sites is ours.
 *
 * @param from a model, whose weights stay as they are, or the bytes that {@link saveSparta} gave
 * @param to the model that is changed: its Sparta weights and their being trained
 * @returns a line for every Sparta layer of `to`
 * @throws TypeError for options; FormatError for bytes that are no such file; ModelError if either has no Sparta layers, or a layer of
 *   `to` finds none in `from`, or one of another form or other shapes, all of which it lists. Nothing is changed then
 * @example
 * transplant(source, target);
 * await fit(fromLayersModel(target, { bounds: [0, 1] }), data, { objective, epochs: 30 });
 */
export function transplant(
  from: HasLayers | Uint8Array,
  to: HasLayers,
  options: TransplantOptions = {},
): Transplanted[] {
  const who = 'transplant';
  checkOptions(who, options, { freeze: boolean });
  const sources = from instanceof Uint8Array ? gatesOfFile(who, from) : gatesOfModel(who, 'from', from);
  const targets = spartaByName(who, 'to', to);
  const present = gatesOfModel(who, 'to', to);

  const report = [...targets.keys()].map((name) => ({ to: name, from: sourceFor(name, sources) }));
  const faults = report.flatMap((pair) => differences(pair, present.get(pair.to), sources.get(pair.from)));
  if (faults.length > 0) throw new ModelError(who, faults.join('; '));

  for (const pair of report) write(targets.get(pair.to), sources.get(pair.from));
  if (options.freeze !== false) for (const layer of targets.values()) layer.trainable = false;
  return report;
}

/** The same name; where there is none, for a site, its number modulo those that the source has in this stage. */
function sourceFor(target: string, sources: ReadonlyMap<string, GateValues>): string {
  const [, stage, place] = /^(.*\/)(\d+)$/.exec(target) ?? [];
  if (sources.has(target) || stage === undefined) return target;
  const sites = [...sources.keys()].filter((name) => name.startsWith(stage) && /^\d+$/.test(name.slice(stage.length)));
  return sites.length === 0 ? target : `${stage}${Number(place) % sites.length}`;
}

/** What forbids to give a layer the weights of another, in words. */
function differences({ to, from }: Transplanted, target?: GateValues, source?: GateValues): string[] {
  if (!target || !source) return [`from has no layer ${show(from)}, which ${show(to)} of to needs`];
  const forms = [source, target].map((gate) => (gate.has(steepness) ? 'gate' : 'scaled-relu'));
  if (forms[0] !== forms[1]) {
    return [`${show(from)} of from has form ${show(forms[0])}, ${show(to)} of to has form ${show(forms[1])}`];
  }
  return [...new Set([...source.keys(), ...target.keys()])].flatMap((name) => {
    const [given, wanted] = [source, target].map((gate) => shapeText(gate.get(name)?.shape));
    if (given === wanted) return [];
    return [`${show(`${from}/${name}`)} of from has ${given}, ${show(`${to}/${name}`)} of to has ${wanted}`];
  });
}

const shapeText = (shape?: readonly number[]) => (shape ? `shape [${shape.join(', ')}]` : 'no such weight');

function write(layer?: layers.Layer, source?: GateValues): void {
  tidy(() => {
    for (const weight of layer?.weights ?? []) {
      const value = source?.get(ownName(weight.originalName));
      if (value) weight.write(value.read());
    }
  });
}
