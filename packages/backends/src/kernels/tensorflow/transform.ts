import { scalar, Transform, type TransformAttrs, tensor1d } from '@tensorflow/tfjs-core';
import { onTensorflow } from './on-tensorflow';

/** Warping by projections, which tfjs-node leaves out and TensorFlow has. */
export const transform = onTensorflow(Transform, ['missing'], ({ inputs, attrs }, _stock, backend) => {
  const { image, transforms } = inputs;
  const { interpolation, fillMode, fillValue, outputShape } = attrs as unknown as TransformAttrs;
  const { TF_ATTR_STRING, TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
  const attributes = [
    { name: 'dtype', type: TF_ATTR_TYPE, value: TF_FLOAT },
    { name: 'interpolation', type: TF_ATTR_STRING, value: interpolation.toUpperCase() },
    { name: 'fill_mode', type: TF_ATTR_STRING, value: fillMode.toUpperCase() },
  ];
  const size = tensor1d(outputShape ?? image.shape.slice(1, 3), 'int32');
  return backend.executeSingleOutput('ImageProjectiveTransformV3', attributes, [
    image,
    transforms,
    size,
    scalar(fillValue),
  ]);
});
