import {
  type DataType,
  engine,
  keep,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
  tensor,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';

/** Where a value comes from: a variable as it was, a constant, or the output of an earlier kernel. */
type Source = ['variable', number] | ['constant', number] | ['kernel', number, output: number];

interface KernelCall {
  kernel: string;
  inputs: [name: string, source: Source | null][];
  /** Whether the kernel takes its inputs as an array. */
  listed: boolean;
  attributes: NamedAttrMap;
}

interface Constant {
  values: Float32Array | Int32Array | Uint8Array;
  shape: number[];
  dtype: DataType;
}

/** What a computation did to some variables, as the kernels that made their new values from the old ones: plain data. */
export interface Changes {
  kernels: KernelCall[];
  constants: Constant[];
  /** The new value of each variable; `null` where it stays. */
  results: (Source | null)[];
}

/** A computation's result, and what it did to the variables. */
export interface Recorded<T> {
  result: T;
  /** Those of the variables that are changed and that a tensor of the computation depends on. */
  readIn(value: Tensor): Variable[];
  /** The changes as data. */
  changes(): Promise<Changes>;
  dispose(): void;
}

const formOf = ({ dtype, shape }: Tensor) => `${dtype}[${shape}]`;

/**
 * Runs a synchronous body and records how variables change in it, so that the same changes can be made elsewhere to variables of
 * other values: by the same kernels, hence to the same bits. Everything that does not depend on the variables is a constant.
 *
 * The engine's way into its kernels is replaced meanwhile and put back.
 */
export function recordChanges<T>(variables: readonly Variable[], body: () => T): Recorded<T> {
  const calls: KernelCall[] = [];
  const kept: Tensor[] = [];
  const known = new Map<object, Map<string, Source>>();
  const sourceOf = (value: Tensor) => known.get(value.dataId)?.get(formOf(value));
  const note = (value: Tensor, source: Source) => {
    const forms = known.get(value.dataId) ?? new Map<string, Source>();
    if (!forms.has(formOf(value))) forms.set(formOf(value), source);
    known.set(value.dataId, forms);
  };
  variables.forEach((each, i) => void note(each, ['variable', i]));
  const before = variables.map(({ dataId }) => dataId);

  const runtime = engine();
  const run = runtime.runKernel;
  const constant = (value: Tensor): Source => {
    const place = kept.findIndex((each) => each.dataId === value.dataId && formOf(each) === formOf(value));
    if (place !== -1) return ['constant', place];
    return ['constant', kept.push(keep(run.call(runtime, 'Identity', { x: value }) as Tensor)) - 1];
  };
  runtime.runKernel = <R extends Tensor | Tensor[]>(
    kernel: string,
    inputs: NamedTensorMap,
    attributes: NamedAttrMap = {},
  ): R => {
    const outputs = run.call(runtime, kernel, inputs, attributes) as R;
    const given = Object.entries(inputs) as [string, Tensor | null | undefined][];
    if (given.some(([, each]) => each && sourceOf(each))) {
      const sources = given.map(([name, each]): KernelCall['inputs'][number] => [
        name,
        each ? (sourceOf(each) ?? constant(each)) : null,
      ]);
      calls.push({ kernel, inputs: sources, listed: Array.isArray(inputs), attributes });
      [outputs].flat().forEach((each, output) => void note(each as Tensor, ['kernel', calls.length - 1, output]));
    }
    return outputs;
  };
  let result: T;
  try {
    result = body();
  } catch (error) {
    for (const each of kept) each.dispose();
    throw error;
  } finally {
    runtime.runKernel = run;
  }
  const results = variables.map((each, i): Source | null =>
    each.dataId === before[i] ? null : (sourceOf(each) ?? constant(each)),
  );
  return {
    result,
    readIn(value) {
      const source = sourceOf(value);
      const { variables: read } = reachedFrom(source ? [source] : [], calls);
      return variables.filter((_, i) => results[i] && read.has(i));
    },
    changes: () => changesOf(calls, kept, results),
    dispose: () => kept.forEach((each) => void each.dispose()),
  };
}

/** What values rest on. */
function reachedFrom(sources: readonly Source[], calls: readonly KernelCall[]) {
  const reached = { variables: new Set<number>(), constants: new Set<number>(), kernels: new Set<number>() };
  const open = [...sources];
  for (let source = open.pop(); source; source = open.pop()) {
    const [kind, place] = source;
    if (kind === 'variable') reached.variables.add(place);
    else if (kind === 'constant') reached.constants.add(place);
    else if (!reached.kernels.has(place)) {
      reached.kernels.add(place);
      open.push(...calls[place].inputs.flatMap(([, each]) => (each ? [each] : [])));
    }
  }
  return reached;
}

/** Only what the results rest on, numbered anew, with the constants' values. */
async function changesOf(
  calls: readonly KernelCall[],
  kept: readonly Tensor[],
  results: readonly (Source | null)[],
): Promise<Changes> {
  const reached = reachedFrom(
    results.flatMap((each) => (each ? [each] : [])),
    calls,
  );
  const inOrder = (set: Set<number>) => [...set].sort((a, b) => a - b);
  const [kernels, constants] = [inOrder(reached.kernels), inOrder(reached.constants)];
  const placeIn = (order: readonly number[]) => new Map(order.map((each, i) => [each, i]));
  const [kernelAt, constantAt] = [placeIn(kernels), placeIn(constants)];
  const renumbered = (source: Source | null): Source | null => {
    if (source?.[0] === 'kernel') return ['kernel', kernelAt.get(source[1]) ?? 0, source[2]];
    if (source?.[0] === 'constant') return ['constant', constantAt.get(source[1]) ?? 0];
    return source;
  };
  const toConstant = async (value: Tensor): Promise<Constant> => {
    const { shape, dtype } = value;
    return { values: await value.data(), shape: [...shape], dtype };
  };
  return {
    kernels: kernels.map((each) => ({
      ...calls[each],
      inputs: calls[each].inputs.map(([name, source]) => [name, renumbered(source)]),
    })),
    constants: await Promise.all(constants.map((each) => toConstant(kept[each]))),
    results: results.map(renumbered),
  };
}

/** Makes recorded changes to variables, from the values that they have. */
export function applyChanges(variables: readonly Variable[], { kernels, constants, results }: Changes): void {
  tidy(() => {
    const fixed = constants.map(({ values, shape, dtype }) => tensor(values, shape, dtype));
    const outputs: Tensor[][] = [];
    const find = ([kind, place, output = 0]: Source): Tensor => {
      if (kind === 'variable') return variables[place];
      return kind === 'constant' ? fixed[place] : outputs[place][output];
    };
    for (const { kernel, inputs, listed, attributes } of kernels) {
      const given = inputs.map(([name, source]) => [name, source && find(source)] as [string, Tensor]);
      const named = listed ? (given.map(([, each]) => each) as unknown as NamedTensorMap) : Object.fromEntries(given);
      outputs.push([engine().runKernel<Tensor | Tensor[]>(kernel, named, attributes)].flat());
    }
    // All values first: a kernel may read a variable that another result is given to.
    const values = results.map((each) => each && find(each).clone());
    values.forEach((each, i) => void (each && variables[i].assign(each)));
  });
}
