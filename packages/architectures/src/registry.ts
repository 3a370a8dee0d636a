import type { LayersModel } from '@tensorflow/tfjs-layers';
import { alexNet } from './alex-net';
import { efficientNet } from './efficient-net';
import {
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
import { fastAtCnn } from './fast-at-cnn';
import { lenet5 } from './lenet5';
import { madryCnn } from './madry-cnn';
import { preActResNet18, preActResNet50 } from './pre-act-resnet';
import { resnet18, resnet34, resnet50, resnet101, resnet152, resnext50 } from './resnet';
import { smallCnn } from './small-cnn';
import { tradesCnn } from './trades-cnn';
import { vgg11, vgg13, vgg16, vgg19 } from './vgg';
import { wideResNet } from './wide-resnet';

/** Architectures by name, for the command and for jobs; options but for activation layers are JSON. */
export const architectures: Record<string, (options?: object) => LayersModel> = {
  alexNet,
  efficientNet,
  efficientNetB0,
  efficientNetB1,
  efficientNetB2,
  efficientNetB3,
  efficientNetB4,
  efficientNetB5,
  efficientNetB6,
  efficientNetB7,
  efficientNetL1,
  fastAtCnn,
  lenet5,
  madryCnn,
  preActResNet18,
  preActResNet50,
  resnet101,
  resnet152,
  resnet18,
  resnet34,
  resnet50,
  resnext50,
  smallCnn,
  tradesCnn,
  vgg11,
  vgg13,
  vgg16,
  vgg19,
  wideResNet,
};
