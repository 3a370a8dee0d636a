import type { LayersModel } from '@tensorflow/tfjs-layers';
import { resnet18 } from './resnet18';
import { smallCnn } from './small-cnn';

/** Architectures by name, for the command and for jobs; options but for activation layers are JSON. */
export const architectures: Record<string, (options?: object) => LayersModel> = { smallCnn, resnet18 };
