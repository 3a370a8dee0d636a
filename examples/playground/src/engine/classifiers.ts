import { activations } from '@agoge/activations/registry';
import '@agoge/activations/register';
import { loadWeights } from '@agoge/adv-train';
import { architectures } from '@agoge/architectures/registry';
import '@agoge/architectures/register';
import {
  type Bounds,
  type Classifier,
  FormatError,
  fromGraphModel,
  fromLayersModel,
  type ImageShape,
  lookUp,
  parseJson,
  sha256,
} from '@agoge/core';
import { type Tensor, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type FileReader, filesNamed, type TfjsModelJson, tfjsArtifacts } from './model-files';
import type { Frame, ModelSource, Opened, Shown } from './protocol';

/** A classifier with what the page knows of it. */
export interface Held extends Opened {
  classifier: Classifier;
  dispose(): void;
}

const held = new Map<string, Held>();

/** The classifier of that name. */
export function classifierNamed(name: string): Held {
  const found = held.get(name);
  if (!found) throw new Error(`There is no classifier ${name}`);
  return found;
}

/** Opens a model and holds it under a name. One that had the name is disposed, once this one is there. */
export async function open({ name, source }: { name: string; source: ModelSource }): Promise<Opened> {
  const opened = { ...(await read(source)), name };
  held.get(name)?.dispose();
  held.set(name, opened);
  const { classifier: _, dispose: __, ...told } = opened;
  return told;
}

async function read(source: ModelSource): Promise<Held> {
  const bounds: Bounds = source.from === 'app' ? [0, 1] : source.bounds;
  const { name, file } = filesOf(source);
  const text = new TextDecoder().decode(await file(name));
  const json = parseJson(name, text) as { schema?: string };
  if (json?.schema === 'agoge/model@1') return ofAgoge(name, json as AgogeModel, file);
  return ofTfjs(name, json as TfjsModelJson, file, bounds);
}

function filesOf(source: ModelSource): { name: string; file: FileReader } {
  if (source.from === 'files') return filesNamed(source.files);
  const address = source.from === 'url' ? source.url : `${source.folder}/model.json`;
  const file: FileReader = async (name) => {
    const { href } = new URL(name, address);
    const response = await fetch(href).catch((cause) => {
      throw new Error(`${href}: no answer that this page may read (the server is off, or gives no other site leave)`, {
        cause,
      });
    });
    if (!response.ok) throw new Error(`${href}: the server answers ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  };
  return { name: address, file };
}

/** What is read of the description that `agoge train` writes. */
export interface AgogeModel {
  name: string;
  architecture: { name: string; options: Record<string, unknown> };
  activation: { name: string; options: Record<string, unknown> };
  bounds: [number, number];
  pixels?: { mean: number[]; std: number[] };
  weights: { file: string; sha256: string };
  history: { epochs: { cleanAccuracy?: number }[] };
}

/** A model that `agoge train` wrote: `model.json` and its weights. */
export async function ofAgoge(who: string, description: AgogeModel, file: FileReader): Promise<Held> {
  const { architecture, activation, bounds, pixels, weights, history } = description;
  const bytes = await file(weights.file);
  if ((await sha256(bytes)) !== weights.sha256) {
    throw new FormatError(weights.file, `is damaged: its sha256 is not the one in ${who}`);
  }
  const layer = lookUp(who, 'activation', activation.name, activations as Makers<ReturnType<typeof activations.relu>>);
  const build = lookUp(who, 'architecture', architecture.name, architectures as Makers<LayersModel>);
  const model = build({ ...architecture.options, activation: layer(activation.options) });
  try {
    const classifier = fromLayersModel(model, { bounds, ...pixels });
    loadWeights(classifier, bytes);
    return { ...heldLayers(model, classifier), clean: history.epochs.at(-1)?.cleanAccuracy };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
type Makers<Made> = Readonly<Record<string, (options: Record<string, unknown>) => Made>>;

function heldLayers(model: LayersModel, classifier: Classifier): Held {
  const [, height, width, channels] = model.inputs[0].shape;
  return {
    name: model.name,
    shape: shapeOf(height, width, channels),
    classes: classifier.classes,
    bounds: classifier.bounds,
    weights: model.countParams(),
    classifier,
    dispose: () => void model.dispose(),
  };
}

function shapeOf(...sizes: (number | null | undefined)[]): ImageShape {
  const [height, width, channels] = sizes.map((size) => (size && size > 0 ? size : 0));
  if (height && width && (channels === 1 || channels === 3)) return [height, width, channels];
  const told = sizes.map((size) => size ?? '?').join(' x ');
  throw new Error(`The model must say the size of its images, grey or RGB; its input is ${told}`);
}

/** A model of TensorFlow.js, of either kind. */
async function ofTfjs(who: string, json: TfjsModelJson, file: FileReader, bounds: Bounds): Promise<Held> {
  const artifacts = await tfjsArtifacts(who, json, file);
  const handler = { load: async () => artifacts };
  if (json.format !== 'graph-model') {
    const { loadLayersModel } = await import('@tensorflow/tfjs-layers');
    const model = await loadLayersModel(handler);
    try {
      return heldLayers(model, fromLayersModel(model, { bounds }));
    } catch (error) {
      model.dispose();
      throw error;
    }
  }
  const { loadGraphModel } = await import('@tensorflow/tfjs-converter');
  const model = await loadGraphModel(handler);
  try {
    const classifier = fromGraphModel(model, { bounds });
    const [, height, width, channels] = model.inputs[0].shape ?? [];
    const tensors: Tensor[] = Object.values(model.weights).flat();
    return {
      name: who,
      shape: shapeOf(height, width, channels),
      classes: classifier.classes,
      bounds,
      weights: tensors.reduce((sum, { size }) => sum + size, 0),
      classifier,
      dispose: () => model.dispose(),
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** Pixels from 0 to 1 as a batch of one in the classifier's bounds. */
export function asBatch({ shape, bounds: [low, high] }: Held, image: Float32Array): Tensor4D {
  return tensor4d(
    image.map((each) => low + each * (high - low)),
    [1, ...shape],
  );
}

/** A batch's first image with pixels from 0 to 1, and its probabilities; disposes of both tensors. */
export async function frameOf({ bounds: [low, high] }: Held, step: number, x: Tensor, logits: Tensor): Promise<Frame> {
  const first = (values: ArrayLike<number>, rows: number) => Array.from(values).slice(0, values.length / rows);
  try {
    const [pixels, scores] = await Promise.all([x.data<'float32'>(), logits.data<'float32'>()]);
    const [rows] = x.shape;
    return {
      step,
      image: Float32Array.from(first(pixels, rows), (each) => (each - low) / (high - low)),
      probabilities: Float32Array.from(shares(first(scores, rows))),
    };
  } finally {
    x.dispose();
    logits.dispose();
  }
}

/** Softmax in float64. */
function shares(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((total, each) => total + each, 0);
  return powers.map((each) => each / sum);
}

/** What a classifier takes an image for. */
export async function classify({ classifier, image }: Shown): Promise<Frame> {
  const model = classifierNamed(classifier);
  const x = asBatch(model, image);
  return frameOf(model, 0, x, model.classifier(x));
}
