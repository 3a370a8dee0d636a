import { type Tensor, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { Classifier } from './contracts';
import { ModelError } from './errors';
import { checkOptions, integer, string } from './options';
import { checkBounds, normalize, type PixelOptions, pixelRules } from './pixels';

/** What is needed of a `tf.GraphModel`, so that tfjs-converter need not be installed. */
export interface GraphModelLike {
  readonly inputs: readonly { name: string }[];
  readonly outputs: readonly { name: string; shape?: readonly (number | null)[] }[];
  readonly weights: Readonly<Record<string, Tensor[]>>;
  execute(inputs: Tensor, outputs?: string | string[]): Tensor | Tensor[];
}

export interface FromGraphModelOptions extends PixelOptions {
  /** The node that gives the logits. Default: the model's output, or what goes into it if that is a softmax. */
  output?: string;
  /** Number of classes. Default: the last dimension of the output, where the graph knows it. */
  classes?: number;
}

interface GraphNode {
  name: string;
  op: string;
  input?: string[];
}

/** The converter's output, which tfjs keeps but does not declare. */
interface Artifacts {
  modelTopology?: { node?: GraphNode[] };
  signature?: { outputs?: Record<string, { tensorShape?: { dim?: { size?: string | number }[] } }> };
}
const artifactsOf = (model: GraphModelLike): Artifacts => (model as { artifacts?: Artifacts }).artifacts ?? {};

const plainName = (name: string) => name.replace(/^\^/, '').replace(/:\d+$/, '');

/** The node before the softmax that ends the graph, or the output itself. */
function logitsNode(model: GraphModelLike): string {
  const nodes = new Map(artifactsOf(model).modelTopology?.node?.map((node) => [node.name, node]));
  const output = model.outputs[0].name;
  let at = nodes.get(plainName(output));
  while (at?.op === 'Identity' && at.input) at = nodes.get(plainName(at.input[0]));
  return at?.op === 'Softmax' && at.input ? plainName(at.input[0]) : output;
}

/** The last dimension of the output, by its node or by the signature of the saved model. */
function classesOf(model: GraphModelLike): number | undefined {
  const [signed] = Object.values(artifactsOf(model).signature?.outputs ?? {});
  const known = model.outputs[0]?.shape?.at(-1) ?? signed?.tensorShape?.dim?.at(-1)?.size;
  return known === undefined ? undefined : Number(known);
}

/**
 * A `tf.GraphModel` (converted from TensorFlow or Keras) as a {@link Classifier}: images in, logits out.
 *
 * A softmax at the end is left out exactly, by reading the node before it.
 *
 * @param model with one input `[n, height, width, channels]` and one output `[n, classes]`
 * @throws ModelError for several inputs or outputs, or a number of classes that the graph does not tell
 */
export function fromGraphModel(model: GraphModelLike, options: FromGraphModelOptions): Classifier {
  const who = 'fromGraphModel';
  checkOptions(who, options, { ...pixelRules, output: string, classes: integer({ min: 2 }) });
  checkBounds(who, options.bounds);
  if (model.inputs.length !== 1 || (model.outputs.length !== 1 && !options.output)) {
    const has = `${model.inputs.length} inputs and ${model.outputs.length} outputs`;
    throw new ModelError(
      who,
      `model must have one input and one output (or an output named by options.output), has ${has}`,
    );
  }
  const { bounds, mean, std, output = logitsNode(model), classes = classesOf(model) } = options;
  if (!classes || classes < 2) {
    throw new ModelError(
      who,
      `the graph does not tell its number of classes (it says ${classes}): give options.classes`,
    );
  }
  const forward = (x: Tensor4D) => tidy(() => model.execute(normalize(x, mean, std), output) as Tensor2D);
  return Object.assign(forward, { bounds, classes, weights: () => Object.values(model.weights).flat() });
}
