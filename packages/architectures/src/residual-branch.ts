import type { ConvolveShape } from './convolve';
import { stridesOf } from './strides';

/** What tells the convolutions of a residual branch. */
export interface BranchShape {
  /** Two convolutions 3 x 3, or 1 x 1, 3 x 3 and 1 x 1, the last with four times as many channels. */
  bottleneck: boolean;
  /** Channels; of a bottleneck a quarter of what it puts out. */
  filters: number;
  strides: number;
  /** Channels of a bottleneck's 3 x 3 convolution. Default `filters`. */
  inner?: number;
  /** Of a bottleneck's 3 x 3 convolution. Default 1. */
  groups?: number;
}

/** The convolutions of a residual branch, first to last, without their names; strides are the first 3 x 3's. */
export function residualBranch(shape: BranchShape): Omit<ConvolveShape, 'name'>[] {
  const { bottleneck, filters, strides, inner = filters, groups = 1 } = shape;
  if (!bottleneck) {
    return [
      { filters, kernelSize: 3, strides },
      { filters, kernelSize: 3 },
    ];
  }
  return [
    { filters: inner, kernelSize: 1 },
    { filters: inner, kernelSize: 3, strides, groups },
    { filters: 4 * filters, kernelSize: 1 },
  ];
}

/** Strides of each block, stage by stage: a stage's digit in its first block, 1 in the others. */
export const blockStrides = (strides: string, depths: readonly number[]): number[][] =>
  stridesOf(strides).map((first, stage) =>
    Array.from({ length: depths[stage] }, (_, place) => (place === 0 ? first : 1)),
  );
