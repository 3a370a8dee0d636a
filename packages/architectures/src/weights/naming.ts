/** How names of other code are read for some architectures. */
interface NamingRules {
  architectures: RegExp;
  /** Applied in order to both sides, theirs and ours: names that come out equal are of the same weight. */
  renames: readonly (readonly [from: RegExp, to: string])[];
  /** What such files hold beside the network. */
  ignored?: readonly RegExp[];
}

/** What stands before the names of a model within another module: DataParallel, a model with its normalisation, an attack's model. */
const prefixes = ['module.', 'model.', 'net.', 'basic_net.', 'attacker.', '1.'];

/** PyTorch's counter of batches, which only a momentum of `None` reads. */
const ignoredAlways: readonly RegExp[] = [/(^|\.)num_batches_tracked$/];

const rules: readonly NamingRules[] = [
  {
    // torchvision: `downsample`, `fc`; the CIFAR networks of most others: `shortcut`, `linear`.
    architectures: /^(resnet|resnext|preActResNet)/,
    renames: [
      [/(^|\.)downsample(?=\.)/, '$1shortcut'],
      [/^fc(?=\.)/, 'linear'],
    ],
  },
  {
    // TRADES, RobustBench, PAF: `block1.layer.0`, `convShortcut`, `fc`; AdverTorch: `convgroup1`; others count stages as ResNets do.
    architectures: /^wideResNet/,
    renames: [
      [/^layer(\d+)\.(?=\d)/, 'block$1.layer.'],
      [/^convgroup(?=\d+\.)/, 'block'],
      [/\.(convShortcut|conv_shortcut|shortcut\.0)(?=\.)/, '.shortcut'],
      [/^linear(?=\.)/, 'fc'],
    ],
    // TRADES makes a second first block, of which its forward pass makes no use.
    ignored: [/^sub_block1\./],
  },
  {
    // AdverTorch's `LeNet5Madry`.
    architectures: /^madryCnn/,
    renames: [[/^linear(?=\d\.)/, 'fc']],
  },
];

/** Buffers of a normalisation of images, by the last part of their names. */
const pixels: Readonly<Record<'mean' | 'std', RegExp>> = {
  mean: /(^|\.)_?(mean|means|mu|new_mean)$/,
  std: /(^|\.)_?(std|stds|sds|sigma|new_std)$/,
};

/** What a name of a file means, for one model. */
export interface Naming<Entry> {
  /** Undefined where no weight of the model is called so. */
  find(name: string): Entry | undefined;
  isIgnored(name: string): boolean;
  /** Which part of the images' normalisation a name is of, if any. */
  pixelsOf(name: string): 'mean' | 'std' | undefined;
}

/** A name, then without what may stand before it, one part after another. */
function* withoutPrefixes(name: string): Generator<string> {
  yield name;
  const prefix = prefixes.find((each) => name.startsWith(each));
  if (prefix) yield* withoutPrefixes(name.slice(prefix.length));
}

/**
 * Reads names for a model of some architecture. A name as it stands goes before one without its prefix, an equal name before
 * one that a rule makes equal.
 */
export function namingOf<Entry extends { name: string }>(
  architecture: string,
  entries: readonly Entry[],
): Naming<Entry> {
  const applied = rules.filter((each) => each.architectures.test(architecture));
  const renames = applied.flatMap((each) => each.renames);
  const ignored = [...ignoredAlways, ...applied.flatMap((each) => each.ignored ?? [])];
  const renamed = (name: string) => renames.reduce((text, [from, to]) => text.replace(from, to), name);

  const exact = new Map(entries.map((entry) => [entry.name, entry]));
  const equal = new Map<string, Entry | undefined>();
  for (const entry of entries) {
    const name = renamed(entry.name);
    equal.set(name, equal.has(name) ? undefined : entry);
  }
  // PAF's code shares one activation, which is then a module of every block that has it.
  const shared = (name: string) => exact.get(`activation.${name.slice(name.lastIndexOf('.') + 1)}`);
  return {
    find(name) {
      const candidates = [...withoutPrefixes(name)];
      for (const each of candidates) {
        const found = exact.get(each) ?? equal.get(renamed(each));
        if (found) return found;
      }
      return shared(name);
    },
    isIgnored: (name) => [...withoutPrefixes(name)].some((each) => ignored.some((pattern) => pattern.test(each))),
    pixelsOf: (name) => (['mean', 'std'] as const).find((part) => pixels[part].test(name)),
  };
}
