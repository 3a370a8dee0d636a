// Imported for its effect: afterwards `loadLayersModel` knows the layers of this package.
import { serialization } from '@tensorflow/tfjs-core';
import { BatchNormalization } from './batch-normalization';

serialization.registerClass(BatchNormalization);
