import type { layers } from '@tensorflow/tfjs-layers';
import type { LayerUse } from './flat-network';

type Sizes = readonly (number | null)[];

const product = (sizes: Sizes) => sizes.reduce<number>((total, size) => total * Number(size), 1);

/** Of these the kernel is at work once for each position of the input: a pixel to be spread, a step in time. */
const countsInputs = /Transpose$|^(SimpleRNN|GRU|LSTM)$/;

/**
 * How many multiply-adds one use of a layer takes for one image.
 *
 * One for every number of the layer's kernels (its weights whose names end with `kernel`, as tfjs calls them: of convolutions,
 * be they depthwise, separable, transposed or in groups, of linear and recurrent layers) at every position of its output, of
 * its input for transposed convolutions; at positions in the padding too. As is usual, nothing else counts: biases,
 * normalisation, activations, pooling, sums.
 *
 * @param use of `flatNetwork(model)`
 * @returns `null` where the layer has a kernel and the size of its images is not known
 */
export function multiplyAdds({ layer, inputs: [from], shape }: LayerUse): number | null {
  const kernels = layer.weights
    .filter(({ originalName }) => originalName.endsWith('kernel'))
    .reduce((total, kernel) => total + product(kernel.shape), 0);
  if (kernels === 0) return 0;
  const positions = positionsIn(layer, countsInputs.test(layer.getClassName()) && from ? from.use.shape : shape);
  return positions.includes(null) ? null : kernels * product(positions);
}

/** Lengths of all axes but those of the batch and of the channels. */
function positionsIn(layer: layers.Layer, shape: Sizes): Sizes {
  const first = 'dataFormat' in layer && layer.dataFormat === 'channelsFirst';
  return first ? shape.slice(2) : shape.slice(1, -1);
}
