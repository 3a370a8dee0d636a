import { blockedDomain, type Lowering, type Value } from '../lowering';
import { inner, isIdentity, nchw } from '../order';
import { filledUp, images } from './blocks';
import type { Geometry } from './window-geometry';

/**
 * The gradient in the filter, as one convolution over places: images take the part of channels, height and width of dy that of
 * the filter's window, and channels stand beside each other along the width, so many (a block of them, or all) that a tap
 * further to the right is that many columns further on.
 *
 * What is convolved is `[channels / beside, n, height, width * beside]`, its images in blocks, by
 * `[out, n, outHeight, outWidth]`; the result, `[channels / beside, out, filterHeight, filterWidth * beside]`. Images and output
 * channels are filled up with zeros to whole blocks.
 */
export function filterGradientInBlocks(graph: Lowering, x: Value, dy: Value, geometry: Geometry): Value {
  const { block } = graph;
  const { inChannels, outChannels, outHeight, outWidth, padInfo, filterHeight, filterWidth } = geometry;
  const { strideHeight, strideWidth } = geometry;
  const beside = inChannels % block === 0 ? block : inChannels;
  const groups = inChannels / beside;
  const outBlocks = Math.ceil(outChannels / block);
  const image = imagesInBlocks(graph, x, geometry, beside);
  const name = graph.emit(
    'Conv',
    [image.name, windowsInBlocks(graph, dy, geometry)],
    {
      kernel_shape: [outHeight, outWidth],
      dilations: [strideHeight, strideWidth * beside],
      pads: [padInfo.top, 0, image.below, 0],
    },
    blockedDomain,
  );
  const lengths = [groups, outBlocks, filterHeight, filterWidth, beside, block];
  const shape = [filterHeight, filterWidth, inChannels, outBlocks * block];
  const gradient =
    beside === block
      ? graph.laid(graph.as(lengths, name), shape, 'float32', [2, 3, 0, 1, inner(2), inner(3)])
      : graph.laid(graph.as(lengths.slice(1), name), shape, 'float32', [3, 0, 1, 2, inner(3)]);
  if (outChannels % block === 0) return gradient;
  const first = [graph.ints([0]), graph.ints([outChannels]), graph.ints([3])];
  return graph.plain(graph.emit('Slice', [graph.asPlain(gradient), ...first]), shape.with(3, outChannels), 'float32');
}

/** What {@link filterGradientInBlocks} convolves, and how many rows of zeros it still wants below. */
function imagesInBlocks(graph: Lowering, x: Value, geometry: Geometry, beside: number) {
  const { block } = graph;
  const { batchSize, inChannels, inHeight, inWidth, outHeight, outWidth, padInfo } = geometry;
  const groups = inChannels / beside;
  const lots = Math.ceil(batchSize / block);
  const pixels = inHeight * inWidth * beside;
  const apart = [batchSize, groups, pixels];
  // With all channels beside each other, moving them to the end is cheap once images are in blocks.
  const isPlain = groups > 1 || isIdentity(x.order) || inChannels === 1;
  const byImage = graph.as(apart, groups > 1 ? graph.in(images, x) : isPlain ? graph.asPlain(x) : graph.in(nchw, x));
  const byGroup = graph.transposed(byImage, 'float32', apart, [1, 0, 2]);
  const full = filledUp(graph, byGroup, [groups, batchSize, pixels], 1, lots * block);
  const parts = [groups * lots, block, pixels];
  const turned = graph.transposed(graph.as(parts, full), 'float32', parts, [0, 2, 1]);
  const channelsOut = [lots, inChannels, inHeight * inWidth, block];
  const laid = isPlain ? turned : graph.transposed(graph.as(channelsOut, turned), 'float32', channelsOut, [0, 2, 1, 3]);
  // Beyond the image to the right and below, or what no window meets there.
  const beyond = (taps: number, output: number, stride: number, input: number, before: number) =>
    (output - 1) * stride + taps - input - before;
  const right = beyond(geometry.filterWidth, outWidth, geometry.strideWidth, inWidth, padInfo.left);
  const below = beyond(geometry.filterHeight, outHeight, geometry.strideHeight, inHeight, padInfo.top);
  const rows = graph.as([groups * lots, inHeight, inWidth, beside * block], laid);
  const cut = Math.min(0, below);
  const isWhole = padInfo.left === 0 && right === 0 && cut === 0;
  const pads = graph.ints([0, 0, padInfo.left, 0, 0, cut, right, 0]);
  const padded = isWhole ? rows : graph.emitOnce('Pad', [rows, pads, graph.scalar(0)]);
  const width = (padInfo.left + inWidth + right) * beside;
  return { name: graph.as([groups, lots * block, inHeight + cut, width], padded), below: below - cut };
}

/** By what {@link filterGradientInBlocks} convolves: dy as a filter in blocks. */
function windowsInBlocks(graph: Lowering, dy: Value, geometry: Geometry): string {
  const { block } = graph;
  const { batchSize, outChannels, outHeight, outWidth } = geometry;
  const [lots, outBlocks] = [batchSize, outChannels].map((each) => Math.ceil(each / block));
  const places = outHeight * outWidth;
  const lengths = [batchSize, outBlocks, places, block];
  const laid = outChannels % block === 0 ? graph.as(lengths, graph.in(images, dy)) : channelsFilledUp();
  const parts = [lots, block, outBlocks, places, block];
  const full = graph.as(parts, filledUp(graph, laid, lengths, 0, lots * block));
  const turned = graph.transposed(full, 'float32', parts, [2, 0, 3, 1, 4]);
  return graph.as([outBlocks * block, lots * block, outHeight, outWidth], turned);

  function channelsFilledUp(): string {
    const plain = [batchSize, outChannels, places];
    // The runtime fills up to whole blocks itself what is a multiple of four.
    const channels = Math.ceil(outChannels / 4) * 4;
    const wide = filledUp(graph, graph.as(plain, graph.in(nchw, dy)), plain, 1, channels);
    const inBlocks = graph.emit('ReorderInput', [graph.as([batchSize, channels, 1, places], wide)], {}, blockedDomain);
    return graph.as(lengths, inBlocks);
  }
}
