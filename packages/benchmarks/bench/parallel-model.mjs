// The network of `parallel.mjs`, for its main thread and its workers.
import { resnet18 } from '@agoge/architectures';
import { useBackend } from '@agoge/backends';
import { fromLayersModel } from '@agoge/core';

/** A narrow ResNet-18 on a backend that uses one core. */
export async function makeModel({ backend, width }) {
  await useBackend(backend, backend === 'onnx' ? { onnx: { threads: 1 } } : {});
  return fromLayersModel(resnet18({ width, seed: 1 }), { bounds: [0, 1] });
}
