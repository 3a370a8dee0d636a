// Imported for its effect: afterwards `loadLayersModel` knows the layers of this package.
import { serialization } from '@tensorflow/tfjs-core';
import { BatchNormalization } from './batch-normalization';
import { Dropout } from './dropout';
import { GroupedConv2D } from './grouped-convolution';
import { MaxPooling2D } from './max-pool';
import { Upsampling2D } from './upsample';

for (const each of [BatchNormalization, Dropout, GroupedConv2D, MaxPooling2D, Upsampling2D])
  serialization.registerClass(each);
