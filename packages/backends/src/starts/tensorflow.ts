import { backend, version_core as tfjs } from '@tensorflow/tfjs-core';
import { isAbsent } from './absent';
import { activate, type Start, Unavailable } from './start';

/** The one that computes on an Nvidia GPU first. */
const addons = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** What is read of tfjs-node and of its backend; the types of the package would need it installed. */
interface TfjsNode {
  version: Record<'tfjs-core' | 'tfjs-node', string>;
}
interface TensorflowBackend {
  binding: { TF_Version: string };
  isGPUPackage: boolean;
  isUsingGpuDevice: boolean;
}

/** TensorFlow's C library in Node, by whichever of its two packages the user has installed. */
export const tensorflow: Start = async () => {
  if (!nodeVersion()) throw new Unavailable('it runs in Node only');
  restoreNodeFunctions();
  for (const name of addons) {
    const addon = await load(name);
    if (!addon) continue;
    checkVersions(name, addon);
    await activate('tensorflow');
    const { binding, isGPUPackage, isUsingGpuDevice } = backend() as unknown as TensorflowBackend;
    const device = isGPUPackage ? `, ${isUsingGpuDevice ? 'on a GPU' : 'which found no GPU'}` : '';
    return { form: `tensorflow (${name} with TensorFlow ${binding.TF_Version}${device})` };
  }
  throw new Unavailable(
    `neither ${addons.join(' nor ')} is installed: npm install @tensorflow/tfjs-node@${tfjs}, whose install script downloads TensorFlow`,
  );
};

/** The package, or nothing where it is not installed. */
async function load(name: string): Promise<TfjsNode | undefined> {
  try {
    // By a name in a variable, for bundlers to leave it alone: a build must not fail for want of what is optional.
    const loaded = await import(/* webpackIgnore: true */ /* @vite-ignore */ name);
    return loaded.default ?? loaded;
  } catch (cause) {
    if (isAbsent(name, cause)) return undefined;
    const reason = String((cause as Error).message)
      .split('\n')[0]
      .trim();
    throw new Error(
      `${name} is installed but does not load in Node ${nodeVersion()}: ${reason} (has its install script run? npm rebuild ${name})`,
      { cause },
    );
  }
}

function checkVersions(name: string, { version }: TfjsNode): void {
  const other = Object.entries({
    [name]: version['tfjs-node'],
    'its @tensorflow/tfjs-core': version['tfjs-core'],
  }).find(([, each]) => each !== tfjs);
  if (other)
    throw new Error(`${other.join(' is ')}, where @tensorflow/tfjs-core is ${tfjs}: npm install ${name}@${tfjs}`);
}

/** tfjs-node 4.22 calls functions of Node's `util` that Node 23 has no more, in nearly every kernel. */
function restoreNodeFunctions(): void {
  // Without `getBuiltinModule` (Node 20.16, 22.3) Node is old enough to have them.
  const util: Record<string, unknown> = globalThis.process.getBuiltinModule?.('node:util') ?? {};
  util.isNullOrUndefined ??= (value: unknown) => value === undefined || value === null;
  util.isArray ??= Array.isArray;
}

function nodeVersion(): string | undefined {
  return globalThis.process?.versions?.node;
}
