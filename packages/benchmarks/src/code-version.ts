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
  const [fs, path] = [builtin('node:fs'), builtin('node:path')];
  const require = builtin('node:module').createRequire(import.meta.url);
  const hash = builtin('node:crypto').createHash('sha256');
  const isSource = import.meta.url.endsWith('.ts');
  const versions: Record<string, string> = {};
  for (const name of ownPackages) {
    const manifest = require.resolve(`${name}/package.json`);
    versions[name] = (require(manifest) as { version: string }).version;
    const folder = path.join(path.dirname(manifest), isSource ? 'src' : 'dist');
    const files = fs.existsSync(folder) ? (fs.readdirSync(folder, { recursive: true }) as string[]) : [];
    for (const file of files.filter((each) => (isSource ? source : built).test(each)).sort()) {
      hash.update(`\0${name}/${file.replaceAll(path.sep, '/')}\0`).update(fs.readFileSync(path.join(folder, file)));
    }
  }
  return { versions, code: globalThis.process.env.AGOGE_BUILD ?? hash.digest('hex') };
}

const source = /(?<!\.(test|fixture|bench))\.ts$/;
const built = /\.js$/;
