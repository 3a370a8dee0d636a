import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';

/** One use of a layer in a network without models within it. An input has no inputs. */
export interface LayerUse<Layer = layers.Layer> {
  layer: Layer;
  inputs: LayerOutput<Layer>[];
  /** What the layer is called with beside its inputs. */
  kwargs: Record<string, unknown>;
  /** Of the first tensor that comes out, with the batch: `[null, height, width, channels]`. */
  shape: SymbolicTensor['shape'];
}

/** One of the tensors that come out of a use. */
export interface LayerOutput<Layer = layers.Layer> {
  use: LayerUse<Layer>;
  index: number;
}

/** A network of layers, models within it opened. */
export interface FlatNetwork {
  inputs: LayerUse[];
  outputs: LayerOutput[];
  /** Each after those that it takes its inputs from. */
  uses: LayerUse[];
}

/** A model, or a model within a model, by its graph. */
export interface LayerGraph {
  inputs: SymbolicTensor[];
  outputs: SymbolicTensor[];
}

type Node = layers.Layer['inboundNodes'][number];

const isGraph = (layer: object): layer is LayerGraph => 'layers' in layer && 'inputs' in layer && 'outputs' in layer;

/** States of a recurrent layer are among its inputs, too, so they are left out here. */
function withoutTensors(kwargs: Record<string, unknown>): Record<string, unknown> {
  const symbolic = (value: unknown) => [value].flat().some((each) => each instanceof Object && 'sourceLayer' in each);
  return Object.fromEntries(Object.entries(kwargs).filter(([, value]) => !symbolic(value)));
}

/**
 * A model as uses of its layers, in the order in which they compute: models within it are opened, a shared layer is there once
 * for each use. Layers that no output needs are left out.
 *
 * @param model a `tf.LayersModel`, or what has its inputs and outputs
 */
export function flatNetwork(model: LayerGraph): FlatNetwork {
  const asInput = ({ sourceLayer, shape }: SymbolicTensor) => ({ layer: sourceLayer, inputs: [], kwargs: {}, shape });
  const inputs = model.inputs.map(asInput);
  const uses: LayerUse[] = [...inputs];

  const open = (graph: LayerGraph, given: LayerOutput[]): LayerOutput[] => {
    const known = new Map(graph.inputs.map((tensor, i) => [tensor, given[i]]));
    const opened = new Map<Node, LayerOutput[]>();
    const run = ({ inputTensors, outputTensors, callArgs }: Node, layer: layers.Layer) => {
      const from = inputTensors.map(visit);
      if (isGraph(layer)) return open(layer, from);
      const use = { layer, inputs: from, kwargs: withoutTensors(callArgs ?? {}), shape: outputTensors[0].shape };
      uses.push(use);
      return outputTensors.map((_, index) => ({ use, index }));
    };
    const visit = (tensor: SymbolicTensor): LayerOutput => {
      const input = known.get(tensor);
      if (input) return input;
      const node = tensor.sourceLayer.inboundNodes[tensor.nodeIndex];
      const outputs = opened.get(node) ?? run(node, tensor.sourceLayer);
      opened.set(node, outputs);
      return outputs[tensor.tensorIndex];
    };
    return graph.outputs.map(visit);
  };

  const outputs = open(
    model,
    inputs.map((use) => ({ use, index: 0 })),
  );
  return { inputs, outputs, uses };
}
