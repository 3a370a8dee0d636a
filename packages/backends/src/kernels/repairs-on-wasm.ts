import type { KernelRepair } from '../kernel-repair';
import { argMaxWasm, argMinWasm } from './arg-extreme';
import { avgPool } from './avg-pool';
import { avgPoolGradWasm } from './avg-pool-grad';
import { batchMatMul } from './batch-mat-mul';
import { cast } from './cast';
import { conv2dBackpropFilter } from './conv2d-backprop-filter';
import { conv2dBackpropInput } from './conv2d-backprop-input';
import { conv2d, depthwiseConv2d, fusedConv2d, fusedDepthwiseConv2d } from './convolution';
import { depthwiseBackpropFilter } from './depthwise-backprop-filter';
import { depthwiseBackpropInput } from './depthwise-backprop-input';
import { clipByValue, log1p, relu6 } from './elementwise';
import { padV2, rotateWithOffset } from './filled';
import { fusedMatMul } from './fused-mat-mul';
import { gatherV2 } from './gather';
import { indicesWithinWasm } from './indices-within';
import { maxPool } from './max-pool';
import { maxPoolGrad } from './max-pool-grad';
import { seluWasm, sinWasm } from './near-zero';
import { resizeNearestNeighbor, reverse } from './of-other-type';
import { oneHot } from './one-hot';
import { floorDiv, maximum, minimum, mod, prelu } from './pairwise';
import { emptyAll, emptyAny, emptyProd, mean, sum } from './reductions';
import { resizeBilinearGrad, resizeNearestNeighborGrad } from './resize-gradients';
import { select } from './select';
import { sign } from './sign';
import { stridedSlice } from './strided-slice';
import { tile } from './tile';
import { transform } from './transform';
import { unsortedSegmentSum } from './unsorted-segment-sum';

export const wasmRepairs: readonly KernelRepair[] = [
  emptyAll,
  emptyAny,
  argMaxWasm,
  argMinWasm,
  avgPool,
  avgPoolGradWasm,
  batchMatMul,
  cast,
  clipByValue,
  conv2d,
  conv2dBackpropFilter,
  conv2dBackpropInput,
  depthwiseConv2d,
  depthwiseBackpropFilter,
  depthwiseBackpropInput,
  floorDiv,
  fusedConv2d,
  fusedDepthwiseConv2d,
  fusedMatMul,
  gatherV2,
  ...indicesWithinWasm,
  log1p,
  maximum,
  maxPool,
  maxPoolGrad,
  mean,
  minimum,
  mod,
  oneHot,
  padV2,
  prelu,
  emptyProd,
  relu6,
  resizeBilinearGrad,
  resizeNearestNeighbor,
  resizeNearestNeighborGrad,
  reverse,
  rotateWithOffset,
  select,
  seluWasm,
  sign,
  sinWasm,
  stridedSlice,
  sum,
  tile,
  transform,
  unsortedSegmentSum,
];
