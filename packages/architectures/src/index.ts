export type { AlexNetOptions } from './alex-net';
export { alexNet } from './alex-net';
export type { BatchNormalizationOptions } from './batch-normalization';
export { BatchNormalization, batchNormalization } from './batch-normalization';
export type { Cost, LayerDescription, MapShape, ModelDescription } from './describe/describe';
export { describe } from './describe/describe';
export { formatDescription } from './describe/format-description';
export type { ReceptiveField } from './describe/receptive-field';
export type { EfficientNetOptions } from './efficient-net';
export { efficientNet } from './efficient-net';
export {
  efficientNetB0,
  efficientNetB1,
  efficientNetB2,
  efficientNetB3,
  efficientNetB4,
  efficientNetB5,
  efficientNetB6,
  efficientNetB7,
  efficientNetL1,
} from './efficient-net-presets';
export type { FastAtCnnOptions } from './fast-at-cnn';
export { fastAtCnn } from './fast-at-cnn';
export type { GroupedConvolutionOptions } from './grouped-convolution';
export { GroupedConv2D } from './grouped-convolution';
export type { Lenet5Options } from './lenet5';
export { lenet5 } from './lenet5';
export type { MadryCnnOptions } from './madry-cnn';
export { madryCnn } from './madry-cnn';
export type { NetworkOptions } from './network-options';
export type { PreActResNetOptions } from './pre-act-resnet';
export { preActResNet18, preActResNet50 } from './pre-act-resnet';
export { consistentAccuracy } from './rcm/consistent-accuracy';
export type { PerturbationOfMapsOptions } from './rcm/perturbation-of-maps';
export { perturbationOfMaps } from './rcm/perturbation-of-maps';
export type { PoolBoundOptions } from './rcm/pool-bounds';
export { averagePoolBound, maxPoolBound } from './rcm/pool-bounds';
export type { PooledPerturbation, PoolingPerturbationOptions } from './rcm/pooling-perturbation';
export { poolingPerturbation } from './rcm/pooling-perturbation';
export { rcmStrides } from './rcm-strides';
export { foldBatchNorm } from './rebuilt/fold-batch-norm';
export { toStockLayers } from './rebuilt/to-stock-layers';
export type { BottleneckResnetOptions, ResnetOptions } from './resnet';
export { resnet18, resnet34, resnet50, resnet101, resnet152, resnext50 } from './resnet';
export type { SmallCnnOptions } from './small-cnn';
export { smallCnn } from './small-cnn';
export type { TradesCnnOptions } from './trades-cnn';
export { tradesCnn } from './trades-cnn';
export type { VggOptions } from './vgg';
export { vgg11, vgg13, vgg16, vgg19 } from './vgg';
export type { LoadStateDictOptions, StateDictReport } from './weights/load-state-dict';
export { loadStateDict } from './weights/load-state-dict';
export { stateDictOf } from './weights/state-dict-of';
export type { WideResNetOptions } from './wide-resnet';
export { wideResNet } from './wide-resnet';
