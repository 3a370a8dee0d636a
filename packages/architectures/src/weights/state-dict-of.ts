import type { SafetensorsEntry } from '@agoge/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { toTheirs } from './layout';
import { stateEntries } from './state-entries';

/**
 * A model's weights as a PyTorch state dict: PyTorch's names, shapes and order of numbers, all F32.
 *
 * What {@link loadStateDict} reads back bit by bit, and PyTorch's `load_state_dict` loads into the network that the layers are
 * named after (which makes the missing `num_batches_tracked` itself).
 *
 * @param model as for {@link loadStateDict}
 * @returns for {@link writeSafetensors}
 * @throws ModelError for a model with a layer that has no twin in PyTorch
 * @example
 * await writeFile('resnet18.safetensors', writeSafetensors(await stateDictOf(model)));
 */
export async function stateDictOf(model: LayersModel): Promise<Map<string, SafetensorsEntry>> {
  const entries = stateEntries('stateDictOf', model).map(
    async ({ name, variable, layout }): Promise<[string, SafetensorsEntry]> => {
      const { buffer } = toTheirs(await variable.data(), layout);
      return [name, { dtype: 'F32', shape: [...layout.shape], data: new Uint8Array(buffer) }];
    },
  );
  return new Map(await Promise.all(entries));
}
