import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { backend_util, RealDiv, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../../kernel-repair';

/** Division. The stock kernel of webgl takes any a / a for 1, so that 0 / 0 and Infinity / Infinity are 1; here they are NaN. */
export const realDiv: KernelRepair = {
  backend: 'webgl',
  kernel: RealDiv,
  faults: ['zero-by-zero-is-one'],
  replace: () =>
    kernelFunction(({ a, b }: Record<'a' | 'b', TensorInfo>, _: object, backend: MathBackendWebGL) => {
      const outputShape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
      return backend.runWebGLProgram({ variableNames: ['A', 'B'], outputShape, userCode }, [a, b], 'float32');
    }),
};

// GPUs may divide by way of the reciprocal, which does not give 1 for every finite a / a.
const userCode = `
  void main() {
    float a = getAAtOutCoords();
    float b = getBAtOutCoords();
    bool one = a == b && a != 0.0 && abs(a) <= 3.4028234e38;
    setOutput(one ? 1.0 : a / b);
  }`;
