import { io } from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';

/** Through JSON and bytes, as a file would. */
export async function reload(given: LayersModel): Promise<LayersModel> {
  let kept: io.ModelArtifacts = {};
  await given.save(
    io.withSaveHandler(async (artifacts) => {
      kept = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return loadLayersModel(io.fromMemory({ ...kept, modelTopology: JSON.parse(JSON.stringify(kept.modelTopology)) }));
}
