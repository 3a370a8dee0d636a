import type { io } from '@tensorflow/tfjs-core';

/** Reads a file by the name that another file calls it by. */
export type FileReader = (name: string) => Promise<Uint8Array>;

/** What is read of a `model.json` of TensorFlow.js. */
export interface TfjsModelJson extends Omit<io.ModelJSON, 'weightsManifest'> {
  weightsManifest?: io.WeightsManifestConfig;
}

/** Files that the user chose: the one that is JSON, and the rest by their names. */
export function filesNamed(files: readonly File[]): { name: string; file: FileReader } {
  const json = files.find(({ name }) => name.endsWith('.json'));
  if (!json) throw new Error('Choose model.json together with the files of its weights');
  const file: FileReader = async (path) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const found = files.find((each) => each.name === name);
    if (!found) throw new Error(`${json.name} names ${name}, which was not chosen with it`);
    return new Uint8Array(await found.arrayBuffer());
  };
  return { name: json.name, file };
}

/** A model of TensorFlow.js as its loaders take it. */
export async function tfjsArtifacts(
  who: string,
  { weightsManifest, ...rest }: TfjsModelJson,
  file: FileReader,
): Promise<io.ModelArtifacts> {
  if (!rest.modelTopology || !weightsManifest) {
    throw new Error(`${who} is no model of TensorFlow.js: it lacks modelTopology or weightsManifest`);
  }
  const parts = await Promise.all(weightsManifest.flatMap(({ paths }) => paths).map(file));
  const data = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { ...rest, weightSpecs: weightsManifest.flatMap(({ weights }) => weights), weightData: data.buffer };
}
