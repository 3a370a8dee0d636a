import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { backend_util, MaxPoolGrad, type MaxPoolGradAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelRepair, kernelFunction } from '../../kernel-repair';
import { shape4d } from '../pooling-windows';
import { webgpuProgram } from './webgpu-program';

type Inputs = Record<'dy' | 'input', TensorInfo>;

/**
 * Gradient of maximum pooling on GPUs: each window's gradient goes to its first maximum in row-major order, as on the cpu
 * backend and in PyTorch; the stock kernels take the last.
 *
 * Each pixel looks through the windows that it is in: it is a window's first maximum unless one before it is as large or one
 * after it larger. The programs differ in nothing but the language.
 */
const gradientOfMaxima = (backend: string, run: (inputs: Inputs, geometry: Geometry, on: unknown) => TensorInfo) =>
  ({
    backend,
    kernel: MaxPoolGrad,
    faults: ['last-of-tied-maxima'],
    replace: () =>
      kernelFunction((inputs: Inputs, attributes: MaxPoolGradAttrs, on: unknown) => {
        const { filterSize, strides, pad, dimRoundingMode } = attributes;
        const shape = shape4d(inputs.input);
        return run(inputs, backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode), on);
      }),
  }) satisfies KernelRepair;
type Geometry = backend_util.Conv2DInfo;

export const maxPoolGradWebgl = gradientOfMaxima('webgl', ({ dy, input }, geometry, backend) => {
  const program = { variableNames: ['x', 'dy'], outputShape: geometry.inShape, userCode: glsl(geometry) };
  return (backend as MathBackendWebGL).runWebGLProgram(program, [input, dy], 'float32');
});

export const maxPoolGradWebgpu = gradientOfMaxima('webgpu', ({ dy, input }, geometry, backend) => {
  const body = wgsl(geometry);
  const program = webgpuProgram('maxPoolGrad', ['x', 'dy'], geometry.inShape, body);
  return (backend as WebGPUBackend).runWebGPUProgram(program, [input, dy], 'float32');
});

const glsl = (geometry: Geometry) => `
  void main() {
    ivec4 at = getOutputCoords();
    float own = getX(at.x, at.y, at.z, at.w);
    float sum = 0.0;
    ${windows(geometry, 'int', 'bool')}
            float other = getX(at.x, row, column, at.w);
            bool before = row < at.y || (row == at.y && column < at.z);
            if (other > own || (before && other == own)) { first = false; }
          }
        }
        if (first) { sum += getDy(at.x, a, b, at.w); }
      }
    }
    setOutput(sum);
  }`;

const wgsl = (geometry: Geometry) => `
    let at = getCoordsFromIndex(index);
    let own = getX(at.x, at.y, at.z, at.w);
    var sum = 0.0;
    ${windows(geometry, 'var', 'var')}
            let other = getX(at.x, row, column, at.w);
            let before = row < at.y || (row == at.y && column < at.z);
            if (other > own || (before && other == own)) { first = false; }
          }
        }
        if (first) { sum += getDy(at.x, a, b, at.w); }
      }
    }
    setOutputAtIndex(index, sum);`;

/** The loops over the windows [a, b] around a pixel and over their pixels, which both languages write alike. */
function windows(geometry: Geometry, integer: string, truth: string): string {
  const { padInfo, strideHeight, strideWidth, effectiveFilterHeight, effectiveFilterWidth } = geometry;
  const { inHeight, inWidth, outHeight, outWidth } = geometry;
  // No numbers below zero are divided, since languages round those in their own ways.
  const first = (at: string, pad: number, size: number, stride: number) =>
    `max(0, ${at} + ${pad} - ${size} + ${stride}) / ${stride}`;
  return `
    for (${integer} a = ${first('at.y', padInfo.top, effectiveFilterHeight, strideHeight)};
         a <= min(${outHeight - 1}, (at.y + ${padInfo.top}) / ${strideHeight}); a++) {
      for (${integer} b = ${first('at.z', padInfo.left, effectiveFilterWidth, strideWidth)};
           b <= min(${outWidth - 1}, (at.z + ${padInfo.left}) / ${strideWidth}); b++) {
        ${integer} top = a * ${strideHeight} - ${padInfo.top};
        ${integer} left = b * ${strideWidth} - ${padInfo.left};
        ${truth} first = true;
        for (${integer} row = max(0, top); row < min(${inHeight}, top + ${effectiveFilterHeight}); row++) {
          for (${integer} column = max(0, left); column < min(${inWidth}, left + ${effectiveFilterWidth}); column++) {`;
}
