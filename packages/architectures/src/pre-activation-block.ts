import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Kit } from './network';
import { type BranchShape, residualBranch } from './residual-branch';

/** What some PyTorch code calls the parts of a network of pre-activation blocks, and how it pads. */
export interface PreActivationCode {
  /** The first convolution. */
  first: string;
  /** A block of a stage, from 1, at a place in it, from 0. */
  block(stage: number, place: number): string;
  /** Within a block, from 1. */
  normalization(i: number): string;
  convolution(i: number): string;
  shortcut: string;
  /** The normalisation after the last block. */
  normalized: string;
  logits: string;
  /** Where strides are 2. Default as many zeros on every side. */
  padding?: 'same';
}

/** DeepMind's, whose parts are counted from 0; of its two networks this is what they share. */
export const deepmind = {
  normalization: (i: number) => `batchnorm_${i - 1}`,
  shortcut: 'shortcut',
  normalized: 'batchnorm',
  logits: 'logits',
  padding: 'same',
} as const;

export interface PreActivationBlock {
  code: PreActivationCode;
  stage: number;
  place: number;
  branch: BranchShape;
  /** Before the last convolution. Default 0. */
  dropout?: number;
  /** Of the shortcut, where it is convolved. Default 1. */
  shortcutKernel?: number;
  /** Where a convolved shortcut starts: at the block's input, or at that normalised and activated. */
  shortcut: 'activated' | 'input';
}

/**
 * A residual block whose convolutions' inputs are normalised and activated; where the branch's shape is another than the
 * input's, the shortcut is convolved.
 *
 * K. He et al., Identity mappings in deep residual networks (ECCV 2016).
 */
export function preActivationBlock(x: SymbolicTensor, kit: Kit, shape: PreActivationBlock): SymbolicTensor {
  const { code, stage, place, branch, dropout = 0, shortcutKernel = 1, shortcut } = shape;
  const name = code.block(stage, place);
  const { padding } = code;
  const activated = (each: SymbolicTensor, i: number) =>
    kit.activate(kit.normalize(each, `${name}.${code.normalization(i)}`), `${name}.act${i}`, stage);
  const first = activated(x, 1);
  const convolutions = residualBranch(branch);
  let residual = first;
  convolutions.forEach((convolution, i) => {
    if (i > 0) residual = activated(residual, i + 1);
    if (i === convolutions.length - 1) residual = kit.drop(residual, `${name}.dropout`, dropout);
    residual = kit.convolve(residual, { ...convolution, padding, name: `${name}.${code.convolution(i + 1)}` });
  });
  const filters = Number(residual.shape[3]);
  const fits = branch.strides === 1 && x.shape[3] === filters;
  const straight = { name: `${name}.${code.shortcut}`, filters, kernelSize: shortcutKernel, strides: branch.strides };
  const from = shortcut === 'input' ? x : first;
  return kit.add(`${name}.add`, residual, fits ? x : kit.convolve(from, { ...straight, padding }));
}
