import type { LayersModel } from '@tensorflow/tfjs-layers';

export function loadModel(): Promise<LayersModel>;
export function readDigits(model: LayersModel, pixels: Float32Array): Promise<number[]>;
