import {
  add,
  addN,
  type Scalar,
  scalar,
  type Tensor2D,
  type Tensor4D,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Classifier, ForwardMode, Trainable, TrainableWeight, TrainingHints } from './contracts';
import { ModelError, ShapeError } from './errors';
import { modes } from './modes';
import { checkOptions } from './options';
import { checkBounds, normalize, type PixelOptions, pixelRules } from './pixels';
import { callsIn, type Layer, withCalls } from './stock-layers';

/** The layers that compute, nested models opened, each once. */
function leaves(model: LayersModel): Layer[] {
  const found = model.layers.flatMap((layer) =>
    'layers' in layer ? leaves(layer as unknown as LayersModel) : [layer],
  );
  return [...new Set(found)];
}

/** The layer that the output comes out of, nested models opened. */
function lastLeaf(model: LayersModel): Layer {
  const { sourceLayer } = model.outputs[0];
  return 'layers' in sourceLayer ? lastLeaf(sourceLayer as unknown as LayersModel) : sourceLayer;
}

function checkModel(who: string, model: LayersModel): number {
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    const has = `${model.inputs.length} inputs and ${model.outputs.length} outputs`;
    throw new ModelError(who, `model must have one input and one output, has ${has}`);
  }
  const shape = (each: (typeof model.inputs)[number]) => each.shape.map((size) => size ?? -1);
  const [input, output] = [shape(model.inputs[0]), shape(model.outputs[0])];
  if (input.length !== 4) throw new ShapeError(who, "model's input", '[n, height, width, channels]', input);
  if (output.length !== 2) throw new ShapeError(who, "model's output", '[n, classes]', output);
  if (output[1] < 2) throw new ModelError(who, `model must have 2 classes or more, has ${output[1]} output`);
  return output[1];
}

/**
 * A `tf.LayersModel` as a {@link Classifier} that can be attacked and a {@link Trainable} that can be trained.
 *
 * A softmax at its end is left out exactly. Called as a function it is in evaluation mode; `classifier(mode)` gives it in
 * another. Layers that read the {@link ForwardMode} from their call arguments get it; stock batch normalisation is made
 * to follow it. The model stays the user's: nothing of it is changed but weights, by training, and, in mode
 * `batch-and-update`, running statistics.
 *
 * @param model with one input `[n, height, width, channels]` and one output `[n, classes]`
 * @throws ModelError, ShapeError for a model of another form
 * @example
 * const f = fromLayersModel(model, { bounds: [0, 1] });
 * const { broken } = await pgd(f, x, y, { eps: 8 / 255 });
 */
export function fromLayersModel(model: LayersModel, options: PixelOptions): Classifier & Trainable {
  const who = 'fromLayersModel';
  checkOptions(who, options, pixelRules);
  checkBounds(who, options.bounds);
  const { bounds, mean, std } = options;
  const classes = checkModel(who, model);
  const layers = leaves(model);
  const last = lastLeaf(model);

  const forward = (x: Tensor4D, mode: ForwardMode): Tensor2D => {
    const logits = () => model.apply(normalize(x, mean, std), { ...mode }) as Tensor2D;
    return tidy(() => withCalls(callsIn(mode, layers, last), logits));
  };
  const weights = () => model.weights.map((weight) => weight.read());
  const classifier = (mode: ForwardMode): Classifier =>
    Object.assign((x: Tensor4D) => forward(x, mode), { bounds, classes, weights });

  return Object.assign(classifier(modes.evaluate), {
    forward,
    classifier,
    parameters: () => uniquelyNamed(who, layers.flatMap(parametersOf)),
    buffers: () =>
      uniquelyNamed(
        who,
        layers.flatMap((layer) =>
          layer.nonTrainableWeights.map((weight) => ({
            name: weight.originalName,
            variable: weight.read() as Variable,
          })),
        ),
      ),
    penalty: () =>
      tidy(() => {
        const terms = layers.flatMap((layer) => layer.losses).map((loss) => loss());
        return terms.length ? add<Scalar>(addN(terms), 0) : scalar(0);
      }),
  });
}

/** A layer's trainable weights, with what it hints at. */
function parametersOf(layer: Layer): TrainableWeight[] {
  const hints = (layer as TrainingHints).trainingHints?.() ?? {};
  return layer.trainableWeights.map((weight) => {
    const name = weight.originalName;
    const { decay = true, clipNorm } = hints[name.slice(name.lastIndexOf('/') + 1)] ?? {};
    return { name, variable: weight.read() as Variable, decay, ...(clipNorm !== undefined && { clipNorm }) };
  });
}

function uniquelyNamed<T extends { name: string }>(who: string, weights: T[]): T[] {
  const names = new Set<string>();
  for (const { name } of weights) {
    if (names.has(name))
      throw new ModelError(who, `two weights are named "${name}": give the layers names of their own`);
    names.add(name);
  }
  return weights;
}
