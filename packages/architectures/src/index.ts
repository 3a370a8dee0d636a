export type { BatchNormalizationOptions } from './batch-normalization';
export { BatchNormalization, batchNormalization } from './batch-normalization';
export type { NetworkOptions } from './network-options';
export type { Resnet18Options } from './resnet18';
export { resnet18 } from './resnet18';
export type { SmallCnnOptions } from './small-cnn';
export { smallCnn } from './small-cnn';
