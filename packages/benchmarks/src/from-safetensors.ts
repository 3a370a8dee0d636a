import { loadStateDict, type StateDictReport } from '@agoge/architectures';
import {
  boolean,
  type Classifier,
  checkOptions,
  fromLayersModel,
  object,
  type PixelOptions,
  type Rules,
  readSafetensors,
  required,
  string,
  type Trainable,
} from '@agoge/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { buildModel } from './model-description';

export interface FromSafetensorsOptions extends PixelOptions {
  /** By registry name: `resnet18`. */
  architecture: string;
  /** Of the architecture, as JSON. Default none; what the weights replace starts as zeros. */
  options?: Record<string, unknown>;
  /** By registry name, one layer that the whole network shares: `pssilu`. Default: the architecture's own. */
  activation?: string;
  /** Of the activation, as JSON. */
  activationOptions?: Record<string, unknown>;
  /** As for {@link loadStateDict}. Default true. */
  strict?: boolean;
}

/** What {@link fromSafetensors} returns. */
export interface LoadedWeights {
  /** Yours to dispose. */
  model: LayersModel;
  classifier: Classifier & Trainable;
  report: StateDictReport;
}

const rules: Rules = {
  architecture: required(string),
  options: object,
  activation: string,
  activationOptions: object,
  strict: boolean,
  bounds: required(object),
  mean: object,
  std: object,
};

/**
 * A classifier from the weights that PyTorch trained: an architecture by name, and a state dict as safetensors.
 *
 * Mean and deviation of pixels that are in the file are the classifier's, unless the options say others.
 *
 * @param bytes of the file
 * @throws TypeError, RangeError for names that no registry has and options that their makers refuse; FormatError for a file
 *   that is no safetensors or whose tensors are not the architecture's
 * @example
 * const { classifier } = fromSafetensors(await readFile('lenet5.safetensors'), { architecture: 'lenet5', bounds: [0, 1] });
 */
export function fromSafetensors(bytes: Uint8Array, options: FromSafetensorsOptions): LoadedWeights {
  checkOptions('fromSafetensors', options, rules);
  const { architecture, options: chosen = {}, activation, activationOptions = {}, strict = true } = options;
  const { tensors } = readSafetensors(bytes);
  const model = buildModel({
    architecture: { name: architecture, options: { ...(strict && { initializer: 'zeros' }), ...chosen } },
    ...(activation !== undefined && { activation: { name: activation, options: activationOptions } }),
  });
  try {
    const report = loadStateDict(model, tensors, { strict, architecture });
    const { bounds, mean = report.pixels.mean, std = report.pixels.std } = options;
    const classifier = fromLayersModel(model, { bounds, ...(mean && { mean }), ...(std && { std }) });
    return { model, classifier, report };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
