import type { KernelRepair } from '../kernel-repair';
import { avgPoolGradCpu } from './avg-pool-grad';
import { batchMatMulCpu } from './batch-mat-mul';
import { maxPoolCpu } from './max-pool';
import { emptyAllCpu, emptyMeanCpu } from './reductions';
import { resizeBilinearGradCpu, resizeNearestNeighborGradCpu } from './resize-gradients';
import { stridedSliceCpu } from './strided-slice';
import { topKCpu } from './top-k';
import { transformCpu } from './transform';
import { unsortedSegmentSumCpu } from './unsorted-segment-sum';

export const cpuRepairs: readonly KernelRepair[] = [
  emptyAllCpu,
  avgPoolGradCpu,
  batchMatMulCpu,
  maxPoolCpu,
  emptyMeanCpu,
  resizeBilinearGradCpu,
  resizeNearestNeighborGradCpu,
  stridedSliceCpu,
  topKCpu,
  transformCpu,
  unsortedSegmentSumCpu,
];
