import type { KernelRepair } from '../kernel-repair';
import { argMaxCpu, argMinCpu } from './arg-extreme';
import { avgPoolGradCpu } from './avg-pool-grad';
import { batchMatMulCpu } from './batch-mat-mul';
import { indicesWithinCpu } from './indices-within';
import { maxPoolCpu } from './max-pool';
import { maxPoolGradCpu } from './max-pool-grad';
import { eluCpu, erfCpu, seluCpu } from './near-zero';
import { emptyAllCpu, emptyMeanCpu } from './reductions';
import { resizeBilinearGradCpu, resizeNearestNeighborGradCpu } from './resize-gradients';
import { stridedSliceCpu } from './strided-slice';
import { topKCpu } from './top-k';
import { transformCpu } from './transform';
import { unsortedSegmentSumCpu } from './unsorted-segment-sum';

export const cpuRepairs: readonly KernelRepair[] = [
  argMaxCpu,
  argMinCpu,
  emptyAllCpu,
  avgPoolGradCpu,
  batchMatMulCpu,
  eluCpu,
  erfCpu,
  ...indicesWithinCpu,
  maxPoolCpu,
  maxPoolGradCpu,
  emptyMeanCpu,
  resizeBilinearGradCpu,
  resizeNearestNeighborGradCpu,
  seluCpu,
  stridedSliceCpu,
  topKCpu,
  transformCpu,
  unsortedSegmentSumCpu,
];
