import {
  boolean,
  checkOptions,
  checkValue,
  FormatError,
  fn,
  object,
  required,
  type SafetensorsEntry,
  show,
  string,
  toTypedArray,
} from '@agoge/core';
import { tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { toOurs } from './layout';
import { namingOf } from './naming';
import { type StateEntry, stateEntries } from './state-entries';

const who = 'loadStateDict';

export interface LoadStateDictOptions {
  /** Whether every weight must be in the file and every tensor in the model. Default true, as in PyTorch. */
  strict?: boolean;
  /** Whose names to expect, by registry name. Default: the model's name, which is its architecture's. */
  architecture?: string;
  /** Gives a tensor another name before anything else is done with it, for files that no rule here knows. */
  rename?: (name: string) => string;
}

/** What became of a state dict. */
export interface StateDictReport {
  /** Tensors of the file and the weights that got their numbers; a weight may have several that are equal. */
  matched: { tensor: string; weight: string }[];
  /** Weights that no tensor was for, by PyTorch's names: they are as they were. */
  missing: string[];
  /** Tensors that no weight is called after. */
  unused: string[];
  /** Tensors that are known to mean nothing: counters of batches, parts of a network that it does not use. */
  ignored: string[];
  /** Means and deviations of pixels that were in the file: they belong to the classifier, such as `fromLayersModel`'s options. */
  pixels: { mean?: number[]; std?: number[] };
}

interface Found {
  tensor: string;
  entry: StateEntry;
  values: Readonly<SafetensorsEntry>;
}

/**
 * Gives a model the weights of a PyTorch state dict, as {@link readSafetensors} reads one.
 *
 * Names are the same on both sides, as layers here are called after modules there, but for what stands before them
 * (`module.`, `model.`, `net.`, `basic_net.`, `1.`) and for what the rules of the architecture say (`downsample` is
 * `shortcut`, `fc` is `linear`): shapes are never guessed from. Kernels `[out, in, height, width]` become
 * `[height, width, in, out]`, linear layers `[in, out]`, and behind a flattening their inputs are put in our order, by position
 * instead of channel. F32, F16 and BF16 exactly, F64 rounded.
 *
 * The one activation that a network shares is `activation.alpha` in PyTorch, or under any module that has it.
 *
 * @param model of `architectures`, or of tfjs's convolutions, linear layers and normalisations with PyTorch's names
 * @param tensors by PyTorch's names
 * @throws FormatError that lists what is missing, unknown, of another shape or type, not finite, or there twice with different
 *   numbers; the model is then as it was. Without `strict` missing and unknown names are only reported, unless all are unknown.
 *   ModelError for a model with a layer that has no twin in PyTorch
 * @example
 * const { missing, pixels } = loadStateDict(model, readSafetensors(bytes).tensors);
 */
export function loadStateDict(
  model: LayersModel,
  tensors: ReadonlyMap<string, Readonly<SafetensorsEntry>>,
  options: LoadStateDictOptions = {},
): StateDictReport {
  checkOptions(who, options, { strict: boolean, architecture: string, rename: fn });
  checkValue(who, 'tensors', tensors, required({ ...object, test: (value) => (value instanceof Map ? 'ok' : 'kind') }));
  const { strict = true, architecture = model.name, rename = (name) => name } = options;
  const entries = stateEntries(who, model);
  const naming = namingOf(architecture, entries);

  const problems: string[] = [];
  const found = new Map<StateEntry, Found>();
  const report: StateDictReport = { matched: [], missing: [], unused: [], ignored: [], pixels: {} };
  for (const [tensorName, values] of tensors) {
    const name = rename(tensorName);
    const entry = naming.find(name);
    const part = entry ? undefined : naming.pixelsOf(name);
    if (entry) {
      const first = found.get(entry);
      if (!first) found.set(entry, { tensor: tensorName, entry, values });
      else if (!equal(first.values, values)) {
        problems.push(`${show(first.tensor)} and ${show(tensorName)} are both ${entry.name} and differ`);
      }
      report.matched.push({ tensor: tensorName, weight: entry.weight });
    } else if (naming.isIgnored(name)) report.ignored.push(tensorName);
    else if (part) {
      const numbers = numbersOf(tensorName, values, problems);
      const known = report.pixels[part];
      if (known && !known.every((each, i) => each === numbers?.[i])) {
        problems.push(`${show(tensorName)} is another ${part} of pixels than [${known.join(', ')}]`);
      }
      if (numbers) report.pixels[part] = [...numbers];
    } else report.unused.push(tensorName);
  }
  report.missing = entries.filter((entry) => !found.has(entry)).map(({ name }) => name);
  const changes = [...found.values()].filter((each) => fits(each, problems));
  if (strict || found.size === 0) {
    problems.push(...report.missing.map((name) => `${show(name)} is missing`));
    problems.push(...report.unused.map((name) => `${show(name)} is not in the model`));
  }
  if (problems.length > 0)
    throw new FormatError(who, `the tensors are not those of ${model.name}: ${listed(problems)}`);

  tidy(() => {
    for (const { entry, values } of changes) {
      const numbers = toTypedArray(values) as Float32Array;
      entry.variable.assign(tensor(toOurs(numbers, entry.layout), entry.variable.shape));
    }
  });
  return report;
}

const mostListed = 100;

function listed(problems: readonly string[]): string {
  const more = problems.length - mostListed;
  return problems.slice(0, mostListed).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

const equal = (a: Readonly<SafetensorsEntry>, b: Readonly<SafetensorsEntry>) =>
  a.dtype === b.dtype && a.data.length === b.data.length && a.data.every((byte, i) => byte === b.data[i]);

const floats: readonly string[] = ['F32', 'F64', 'F16', 'BF16'];

/** A tensor's numbers; undefined, with a problem noted, where it has none that a weight can be. */
function numbersOf(
  name: string,
  entry: Readonly<SafetensorsEntry>,
  problems: string[],
): Float32Array | Float64Array | undefined {
  if (!floats.includes(entry.dtype)) {
    problems.push(`${show(name)} is ${entry.dtype}, must be one of ${floats.join(', ')}`);
    return undefined;
  }
  const values = toTypedArray(entry) as Float32Array | Float64Array;
  const wrong = values.findIndex((value) => !Number.isFinite(Math.fround(value)));
  if (wrong >= 0) {
    problems.push(`${show(name)} is not finite: its number ${wrong} is ${values[wrong]}`);
    return undefined;
  }
  return values;
}

/** Whether a tensor can be the weight that it is called after. */
function fits({ tensor: name, entry, values }: Found, problems: string[]): boolean {
  const { shape } = entry.layout;
  if (values.shape.length !== shape.length || values.shape.some((each, axis) => each !== shape[axis])) {
    problems.push(`${show(name)} has shape [${values.shape.join(', ')}], must have [${shape.join(', ')}]`);
    return false;
  }
  const numbers = numbersOf(name, values, problems);
  if (numbers && entry.name.endsWith('.running_var') && numbers.some((value) => value < 0)) {
    problems.push(`${show(name)} is a variance and below 0`);
    return false;
  }
  return numbers !== undefined;
}
