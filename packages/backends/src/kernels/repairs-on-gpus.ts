import {
  All,
  Any,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNativeBackpropFilter,
  FusedConv2D,
  LinSpace,
  Mean,
  Prod,
  ScatterNd,
  Sum,
  UnsortedSegmentSum,
} from '@tensorflow/tfjs-core';
import type { KernelRepair } from '../kernel-repair';
import { averagePoolGradient } from './avg-pool-grad';
import { batchMatMulGpu } from './gpu/batch-mat-mul';
import { cropAndResize } from './gpu/crop-and-resize';
import { cumprod, cumsum } from './gpu/cumulative';
import { maxPoolGradWebgl, maxPoolGradWebgpu } from './gpu/max-pool-grad';
import {
  ofConvolution,
  ofFilter,
  ofImages,
  ofNothing,
  ofProduct,
  ofReduction,
  ofScatter,
  ofSegments,
} from './gpu/of-nothing';
import { realDiv } from './gpu/real-div';
import { allGpu, anyGpu, argMax, argMin, prodGpu, sumGpu } from './gpu/reductions';
import { refused } from './gpu/refused';
import { resizeGradientsGpu } from './gpu/resize-gradients';
import { transformGpu } from './gpu/transform';
import { transpose } from './gpu/transpose';

const both = (['webgl', 'webgpu'] as const).flatMap((backend) => {
  const stock = (kernel: string) => ({ backend, kernel });
  return [
    averagePoolGradient(backend),
    cropAndResize(backend),
    ...resizeGradientsGpu(backend),
    ofNothing(batchMatMulGpu(backend), ofProduct),
    ofNothing(stock(Conv2D), ofConvolution),
    ofNothing(stock(FusedConv2D), ofConvolution),
    ofNothing(stock(Conv2DBackpropInput), ofImages),
    ofNothing(stock(Conv2DBackpropFilter), ofFilter),
    ofNothing(stock(DepthwiseConv2dNativeBackpropFilter), ofFilter),
    ofNothing(stock(Mean), ofReduction(Number.NaN, 'float32')),
    ofNothing(stock(ScatterNd), ofScatter),
  ];
});

const reductions = (repairs: Record<'all' | 'any' | 'prod' | 'sum', Parameters<typeof ofNothing>[0]>) => [
  ofNothing(repairs.all, ofReduction(1)),
  ofNothing(repairs.any, ofReduction(0)),
  ofNothing(repairs.prod, ofReduction(1)),
  ofNothing(repairs.sum, ofReduction(0)),
];
const sumOfIntegers = refused(
  'webgpu',
  UnsortedSegmentSum,
  'UnsortedSegmentSum of int32',
  ({ x }) => x?.dtype === 'int32',
);
const oneOfSpace = refused('webgpu', LinSpace, 'LinSpace of one number', (_, { num }) => num === 1);
const onWebgl = (kernel: string) => ({ backend: 'webgl', kernel });

export const gpuRepairs: readonly KernelRepair[] = [
  ...both,
  ...reductions({ all: onWebgl(All), any: onWebgl(Any), prod: onWebgl(Prod), sum: onWebgl(Sum) }),
  maxPoolGradWebgl,
  ofNothing(onWebgl(UnsortedSegmentSum), ofSegments),
  realDiv,
  ...reductions({ all: allGpu, any: anyGpu, prod: prodGpu, sum: sumGpu }),
  argMax,
  argMin,
  cumprod,
  cumsum,
  maxPoolGradWebgpu,
  ofNothing(sumOfIntegers, ofSegments),
  oneOfSpace,
  transformGpu,
  transpose,
];
