/** Packages of ours whose code decides what a result is. */
const ownPackages = [
  'core',
  'backends',
  'backend-onnx',
  'datasets',
  'architectures',
  'activations',
  'attacks',
  'adv-train',
  'benchmarks',
].map((name) => `@agoge/${name}`);

/** What code runs: two programs of the same are the same program. */
export interface CodeVersion {
  /** Of our packages. */
  versions: Record<string, string>;
  /** SHA-256 over their code, or what the environment variable `AGOGE_BUILD` says in its place. */
  code: string;
}

let known: CodeVersion | undefined;

/**
 * The code of this process: versions alone do not tell a build from the one before it.
 *
 * The hash is over paths and contents of all that our packages run, in the form in which they run: built, or as sources. Whoever
 * knows a build by another name (the digest of a container image) says so in `AGOGE_BUILD`.
 *
 * @returns nothing where there is no Node
 */
export function codeVersion(): CodeVersion | undefined {
  // Asked of the process, so that no bundler meets an import of Node's built-ins.
  const builtin = globalThis.process?.getBuiltinModule;
  if (!builtin) return undefined;
  known ??= versionOf(builtin);
  return known;
}

function versionOf(builtin: typeof process.getBuiltinModule): CodeVersion {
  const path = builtin('node:path');
  const require = builtin('node:module').createRequire(import.meta.url);
  const manifests = ownPackages.map((name) => ({ name, manifest: require.resolve(`${name}/package.json`) }));
  const versions = manifests.map(({ name, manifest }) => [name, (require(manifest) as { version: string }).version]);
  const folders = manifests.map(({ name, manifest }) => ({ name, folder: path.dirname(manifest) }));
  const code = globalThis.process.env.AGOGE_BUILD ?? hashOf(builtin, folders);
  return { versions: Object.fromEntries(versions), code };
}

/** SHA-256 over the code of packages. */
function hashOf(
  builtin: typeof process.getBuiltinModule,
  packages: readonly { name: string; folder: string }[],
): string {
  const [fs, path] = [builtin('node:fs'), builtin('node:path')];
  const hash = builtin('node:crypto').createHash('sha256');
  const isSource = import.meta.url.endsWith('.ts');
  for (const { name, folder } of packages) {
    const place = path.join(folder, isSource ? 'src' : 'dist');
    const files = fs.existsSync(place) ? (fs.readdirSync(place, { recursive: true }) as string[]) : [];
    for (const file of files.filter((each) => (isSource ? source : built).test(each)).sort()) {
      hash.update(`\0${name}/${file.replaceAll(path.sep, '/')}\0`).update(fs.readFileSync(path.join(place, file)));
    }
  }
  return hash.digest('hex');
}

const source = /(?<!\.(test|fixture|bench))\.ts$/;
const built = /\.js$/;
