import type { WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import { util } from '@tensorflow/tfjs-core';

const workgroup = 64;

/**
 * A program of the webgpu backend that computes each number of its result on its own, `index` being its place.
 *
 * @param name of the program and, with its body, of its compiled form
 * @param body reads the inputs by `getX(...)` for one named x and ends with `setOutputAtIndex(index, value)`
 */
export function webgpuProgram(name: string, inputs: string[], outputShape: number[], body: string): WebGPUProgram {
  return {
    variableNames: inputs,
    outputShape,
    workgroupSize: [workgroup, 1, 1],
    dispatchLayout: { x: outputShape.map((_, axis) => axis) },
    dispatch: [Math.ceil(util.sizeFromShape(outputShape) / workgroup), 1, 1],
    shaderKey: `agoge_${name}_${body}`,
    size: true,
    getUserCode: () => `fn main(index : i32) { if (index < uniforms.size) { ${body} } }`,
  };
}
