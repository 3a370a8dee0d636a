import { checkValue, lookUp, oneOf } from '@agoge/core';
import type { DataFile } from '../bytes/data-files';

/** A published data set: its files, and what is known of it without them. */
export interface NamedSet {
  /** The folder of its files, under that of all data. */
  readonly folder: string;
  /** Every file that it has. */
  readonly files: readonly DataFile[];
  /** The option that says which of them are read, and for each of its values their names; all are read where it is not there. */
  readonly parts?: { readonly option: string; readonly files: Readonly<Record<string, readonly string[]>> };
  readonly examples: Readonly<Record<string, number>>;
  /** `[height, width, channels]` of an image; where it is not there, images are of many sizes. */
  readonly shape?: readonly [number, number, number];
  readonly classNames: readonly string[];
  readonly licence: string;
  /** Where it is described. */
  readonly home: string;
}

/** `[name, bytes, SHA-256]` as files at some addresses, each of which ends in `/`. */
const files = (addresses: readonly string[], ...rows: readonly (readonly [string, number, string])[]): DataFile[] =>
  rows.map(([name, size, sha256]) => ({ name, size, sha256, urls: addresses.map((address) => `${address}${name}`) }));

const digitNames = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
const cifar10Names = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

const idxParts = {
  option: 'split',
  files: {
    train: ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz'],
    test: ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'],
  },
};
const idxSet = { parts: idxParts, examples: { train: 60_000, test: 10_000 }, shape: [28, 28, 1] } as const;

const mnistUnpacked: Readonly<Record<string, DataFile['unpacked']>> = {
  'train-images-idx3-ubyte.gz': {
    size: 47_040_016,
    sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  },
  'train-labels-idx1-ubyte.gz': {
    size: 60_008,
    sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  },
  't10k-images-idx3-ubyte.gz': {
    size: 7_840_016,
    sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  },
  't10k-labels-idx1-ubyte.gz': {
    size: 10_008,
    sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  },
};

/** The letters that EMNIST writes alike in both cases, which its merged sets do not tell apart. */
const mergedLetters = 'abdefghnqrt';
const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Class names of the parts of EMNIST, in the order of their labels. */
export const emnistClassNames = {
  balanced: [...digitNames, ...capitals, ...mergedLetters],
  byclass: [...digitNames, ...capitals, ...capitals.toLowerCase()],
  bymerge: [...digitNames, ...capitals, ...mergedLetters],
  letters: [...capitals],
  digits: digitNames,
  mnist: digitNames,
} as const;

/** The class names of CIFAR-100's `fine` labels, in their order. */
const cifar100Names =
  `apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can
castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish
forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain
mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit
raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper
table tank telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm`.split(
    /\s/,
  );

/**
 * The published data sets, by the name that `openDataset` and `--data` take.
 *
 * Lengths and SHA-256 of the files are those that TensorFlow Datasets records (of MNIST unpacked and `cifar10-jpeg`: measured on
 * the files); none was downloaded anew to confirm them. Addresses, numbers of examples and licences are as commonly stated: an
 * address is tried when it is asked, a licence is to be read at `home`.
 */
export const namedSets: Readonly<Record<string, NamedSet>> = {
  mnist: {
    ...idxSet,
    folder: 'mnist',
    files: files(
      [
        'https://ossci-datasets.s3.amazonaws.com/mnist/',
        'https://storage.googleapis.com/cvdf-datasets/mnist/',
        'http://yann.lecun.com/exdb/mnist/',
      ],
      ['train-images-idx3-ubyte.gz', 9_912_422, '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609'],
      ['train-labels-idx1-ubyte.gz', 28_881, '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c'],
      ['t10k-images-idx3-ubyte.gz', 1_648_877, '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6'],
      ['t10k-labels-idx1-ubyte.gz', 4_542, 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6'],
    ).map((file) => ({ ...file, unpacked: mnistUnpacked[file.name] })),
    classNames: digitNames,
    licence: 'CC BY-SA 3.0',
    home: 'http://yann.lecun.com/exdb/mnist/',
  },
  fashionMnist: {
    ...idxSet,
    folder: 'fashion-mnist',
    files: files(
      [
        'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
        'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
        'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
      ],
      ['train-images-idx3-ubyte.gz', 26_421_880, '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84'],
      ['train-labels-idx1-ubyte.gz', 29_515, 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845'],
      ['t10k-images-idx3-ubyte.gz', 4_422_102, '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073'],
      ['t10k-labels-idx1-ubyte.gz', 5_148, '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5'],
    ),
    classNames: [
      ...['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
    ],
    licence: 'MIT',
    home: 'https://github.com/zalandoresearch/fashion-mnist',
  },
  kmnist: {
    ...idxSet,
    folder: 'kmnist',
    files: files(
      ['http://codh.rois.ac.jp/kmnist/dataset/kmnist/'],
      ['train-images-idx3-ubyte.gz', 18_165_135, '51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4'],
      ['train-labels-idx1-ubyte.gz', 29_497, 'e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17'],
      ['t10k-images-idx3-ubyte.gz', 3_041_136, 'edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5'],
      ['t10k-labels-idx1-ubyte.gz', 5_120, '20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c'],
    ),
    classNames: ['o', 'ki', 'su', 'tsu', 'na', 'ha', 'ma', 'ya', 're', 'wo'],
    licence: 'CC BY-SA 4.0',
    home: 'https://github.com/rois-codh/kmnist',
  },
  emnist: {
    folder: 'emnist',
    files: files(
      ['https://biometrics.nist.gov/cs_links/EMNIST/', 'https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/'],
      ['gzip.zip', 561_753_746, 'fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e'],
    ),
    examples: { train: 112_800, test: 18_800 },
    shape: [28, 28, 1],
    classNames: emnistClassNames.balanced,
    licence: 'none stated; a work of NIST',
    home: 'https://www.nist.gov/itl/products-and-services/emnist-dataset',
  },
  cifar10: {
    folder: 'cifar10',
    files: files(
      ['https://www.cs.toronto.edu/~kriz/'],
      ['cifar-10-binary.tar.gz', 170_052_171, 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd'],
    ),
    examples: { train: 50_000, test: 10_000 },
    shape: [32, 32, 3],
    classNames: cifar10Names,
    licence: 'none stated',
    home: 'https://www.cs.toronto.edu/~kriz/cifar.html',
  },
  cifar100: {
    folder: 'cifar100',
    files: files(
      ['https://www.cs.toronto.edu/~kriz/'],
      ['cifar-100-binary.tar.gz', 168_513_733, '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec'],
    ),
    examples: { train: 50_000, test: 10_000 },
    shape: [32, 32, 3],
    classNames: cifar100Names,
    licence: 'none stated',
    home: 'https://www.cs.toronto.edu/~kriz/cifar.html',
  },
  'cifar10-jpeg': {
    folder: 'cifar10',
    files: [
      {
        name: 'cifar10-jpeg.tar.gz',
        size: 19_429_718,
        sha256: 'e3d63a2bb5b73a8ee6aaf3b52c3a2787384ef44054e2558fd431a85174b71572',
      },
    ],
    examples: { train: 50_000, test: 10_000 },
    shape: [32, 32, 3],
    classNames: cifar10Names,
    licence: 'none stated',
    home: 'https://www.cs.toronto.edu/~kriz/cifar.html',
  },
  svhn: {
    folder: 'svhn',
    files: files(
      ['http://ufldl.stanford.edu/housenumbers/'],
      ['train_32x32.mat', 182_040_794, '435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8'],
      ['test_32x32.mat', 64_275_384, 'cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b'],
      ['extra_32x32.mat', 1_329_278_602, 'a133a4beb38a00fcdda90c9489e0c04f900b660ce8a316a5e854838379a71eb3'],
    ),
    parts: {
      option: 'split',
      files: { train: ['train_32x32.mat'], test: ['test_32x32.mat'], extra: ['extra_32x32.mat'] },
    },
    examples: { train: 73_257, test: 26_032, extra: 531_131 },
    shape: [32, 32, 3],
    classNames: digitNames,
    licence: 'for non-commercial use only',
    home: 'http://ufldl.stanford.edu/housenumbers/',
  },
  imagenette: {
    folder: 'imagenette',
    files: files(
      ['https://s3.amazonaws.com/fast-ai-imageclas/'],
      ['imagenette2-160.tgz', 98_948_031, '88daccb09b6fce93f45e6c09ddeb269cce705549e6bff322092a2a5a11489863'],
      ['imagenette2-320.tgz', 341_553_947, '5020a9130cea0348272823cb12d2db7e981c6f2afa3dce71ccd5b8013005c55e'],
      ['imagenette2.tgz', 1_556_914_727, 'de32de18a7d8df0114d5e2c3c14cafb9558e8f00441a73aa7953681ad02be49c'],
    ),
    parts: {
      option: 'size',
      files: { 160: ['imagenette2-160.tgz'], 320: ['imagenette2-320.tgz'], full: ['imagenette2.tgz'] },
    },
    examples: { train: 9_469, test: 3_925 },
    classNames: [
      ...['tench', 'English springer', 'cassette player', 'chain saw', 'church'],
      ...['French horn', 'garbage truck', 'gas pump', 'golf ball', 'parachute'],
    ],
    licence: 'Apache-2.0; the photographs are their authors’',
    home: 'https://github.com/fastai/imagenette',
  },
  cifar10C: {
    folder: 'cifar10-c',
    files: files(
      ['https://zenodo.org/records/2535967/files/', 'https://zenodo.org/record/2535967/files/'],
      ['CIFAR-10-C.tar', 2_918_471_680, 'c72763e101c723b7c507b96205f7e938912a5d587376173b825850cf3cb876a7'],
    ),
    examples: { test: 10_000 },
    shape: [32, 32, 3],
    classNames: cifar10Names,
    licence: 'CC BY 4.0',
    home: 'https://zenodo.org/records/2535967',
  },
};

/**
 * The files that a set is read from, with some options of it.
 *
 * @param name of {@link namedSets}
 * @param options of the set, as JSON; only the one that picks files is looked at
 * @example
 * filesOf('mnist', { split: 'test' }).map(({ name }) => name); // [ 't10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz' ]
 */
export function filesOf(name: string, options: Readonly<Record<string, unknown>> = {}): readonly DataFile[] {
  const { files: all, parts } = lookUp('filesOf', 'data set', name, namedSets);
  if (!parts) return all;
  const { [parts.option]: part = Object.keys(parts.files)[0] } = options;
  checkValue(name, parts.option, String(part), oneOf(...Object.keys(parts.files)));
  const names = parts.files[String(part)];
  return all.filter((file) => names.includes(file.name));
}
