import type { PresetName } from '@agoge/adv-train/presets';
import { rcmStrides } from '@agoge/architectures';
import { cropAndFlip, pgd } from '../recipes/recipe';
import type { Scale } from '../recipes/scale';
import { type ClaimSketch, claimsOf, power, rule } from './claims';
import type { Arm, Measure, Plan } from './plan';
import { cifar, robustMeasures, sizes, trainingAt, validationAt } from './sizes';

const eps = 8 / 255;
const pixels = { mean: [0.4914, 0.4824, 0.4467], std: [0.2471, 0.2435, 0.2617] };

const { resnet18: residual, alexNet, vgg16 } = rcmStrides.documented;
const networks = {
  resnet18: residual,
  preActResNet18: residual,
  alexNet,
  vgg16,
} as const;
type Network = keyof typeof networks;
const defences = { at: 'rcm-at', alp: 'rcm-alp', trades: 'rcm-trades', awp: 'rcm-at-awp' } as const satisfies Record<
  string,
  PresetName
>;
type Defence = keyof typeof defences;

/** How the map before the last pooling is made as large as it is. */
const variants = {
  base: ({ baseline }: { baseline: string }) => ({ strides: baseline }),
  shrunk: ({ shrunk }: { shrunk: string }) => ({ strides: shrunk }),
  upsampled: ({ baseline }: { baseline: string }) => ({ strides: baseline, upsample: { factor: 2, mode: 'nearest' } }),
  'base-max': ({ baseline }: { baseline: string }) => ({ strides: baseline, pooling: 'max' }),
  'shrunk-max': ({ shrunk }: { shrunk: string }) => ({ strides: shrunk, pooling: 'max' }),
} as const;
type Variant = keyof typeof variants;

const nameOf = (network: Network, defence: Defence, variant: Variant) => `${network}-${defence}-${variant}`;

const improves = { where: 'natural accuracy and robustness both improve', seen: 'abstract' } as const;
const shrinking = 'Shrunk strides raise';

/** A variant against the baseline, of one network under one defence. */
const against = (
  id: string,
  statement: string,
  { network = 'resnet18', defence = 'at', variant = 'shrunk', metric = 'robust' }: Partial<Pair> = {},
): ClaimSketch => ({
  ...{ id, statement, metric, source: improves },
  treatment: nameOf(network, defence, variant),
  control: nameOf(network, defence, 'base'),
});
interface Pair {
  network: Network;
  defence: Defence;
  variant: Variant;
  metric: string;
}

/** What arms beside the first pair are measured by: at `small` on half the images, for time. */
const robust = (scale: Scale) => (scale === 'small' ? 'robust-500' : 'robust');

const others = ['preActResNet18', 'alexNet', 'vgg16'] as const;

/** What is compared. */
const sketches = (scale: Scale): ClaimSketch[] => [
  against('shrunk-robust', `${shrinking} the robust accuracy of ResNet-18 under adversarial training`),
  against('shrunk-natural', `${shrinking} its natural accuracy`, { metric: 'clean' }),
  against('shrunk-consistent', `${shrinking} its consistent accuracy`, { metric: 'consistent' }),
  against('upsampled-robust', 'Upsampled images raise its robust accuracy', { variant: 'upsampled' }),
  against('shrunk-alp', `${shrinking} its robust accuracy under ALP`, { defence: 'alp', metric: robust(scale) }),
  against('shrunk-trades', `${shrinking} its robust accuracy under TRADES`, {
    defence: 'trades',
    metric: robust(scale),
  }),
  against('shrunk-awp', `${shrinking} its robust accuracy under AT-AWP`, { defence: 'awp', metric: robust(scale) }),
  ...others.map((network) =>
    against(`shrunk-${network}`, `${shrinking} the robust accuracy of ${network}`, { network, metric: robust(scale) }),
  ),
  ...(scale === 'full'
    ? others.map((network) =>
        against(`upsampled-${network}`, `Upsampled images raise the robust accuracy of ${network}`, {
          ...{ network, variant: 'upsampled' },
        }),
      )
    : []),
  {
    id: 'max-pooling',
    statement: 'Where the last pooling takes the largest value, shrunk strides lower consistent accuracy',
    treatment: nameOf('resnet18', 'at', 'shrunk-max'),
    control: nameOf('resnet18', 'at', 'base-max'),
    ...{ metric: 'consistent', direction: 'lower' },
    source: { where: 'a larger map suits average pooling and not max pooling', seen: 'page' },
  },
];

/** RCM: how large the map is that is pooled last, by strides and by upsampling, under four defences. */
export function rcm(scale: Scale): Plan {
  const { width, seeds, test } = sizes[scale];
  const few = scale === 'small' ? { seeds: seeds.confirm.slice(0, 3) } : {};
  const arm = (network: Network, defence: Defence, variant: Variant, more: Partial<Arm> = {}): Arm => ({
    name: nameOf(network, defence, variant),
    network: { name: network, options: { width, ...variants[variant](networks[network]) } },
    activation: { name: 'relu', options: {} },
    ...{ pixels, data: 'cifar', augment: cropAndFlip },
    training: trainingAt(defences[defence], scale),
    validation: validationAt(eps, scale),
    measures: ['robust', 'consistent'],
    ...more,
  });
  const half = { ...few, measures: [robust(scale), 'consistent'] };
  const whole = scale === 'small' ? { measures: ['robust', 'consistent', 'standard'] } : {};
  const two = ['base', 'shrunk'] as const;
  const rest =
    scale === 'full'
      ? (Object.keys(networks) as Network[]).flatMap((network) =>
          (Object.keys(defences) as Defence[]).flatMap((defence) =>
            (['base', 'shrunk', 'upsampled'] as const).map((variant) => arm(network, defence, variant)),
          ),
        )
      : [
          ...two.map((variant) => arm('resnet18', 'at', variant, whole)),
          arm('resnet18', 'at', 'upsampled', few),
          ...(['alp', 'trades', 'awp'] as const).flatMap((defence) =>
            two.map((variant) => arm('resnet18', defence, variant, half)),
          ),
          ...others.flatMap((network) => two.map((variant) => arm(network, 'at', variant, half))),
        ];
  const arms = [
    ...rest,
    ...(['base-max', 'shrunk-max'] as const).map((variant) => arm('resnet18', 'at', variant, half)),
  ];
  const fewer = robustMeasures(eps, scale)
    .filter(({ name }) => scale === 'small' && name === 'robust')
    .map((each) => ({ ...each, name: robust(scale), images: test / 2 }));
  const consistent: Measure = {
    name: 'consistent',
    kind: 'attacks',
    attacks: [scale === 'tiny' ? pgd(eps, 3, eps / 2) : pgd(eps, 20, 2 / 255)],
    labels: 'own',
    images: test,
  };
  const measures: Measure[] = [...robustMeasures(eps, scale), ...fewer, consistent];
  return {
    paper: 'rcm',
    scale,
    title: 'RCM: the size of the map before the last pooling',
    source:
      'Xu, Yang, arXiv 2202.12435 (2022); with Zhang and Wang, IEEE TNNLS 36(3) (2025). Its tables were not seen; settings by its code',
    notes: [
      'Strides of AlexNet and VGG-16 by the likelier of two readings of the source: 1122 to 1112, 11222 to 11122. PreActResNet-18 as ResNet-18.',
      'Consistent accuracy: the share of images whose class, right or wrong, PGD against that class does not change. How the paper attacks for it was not seen.',
      'The epoch is chosen by PGD-10 on held-out training images; the source takes test images for it by default.',
      ...(scale === 'small'
        ? [
            'cifar10-jpeg, whose pixels went through JPEG, stands in for CIFAR-10: its figures are never those of CIFAR-10.',
            'Width 8 for 64, 2,000 images for 50,000, 12 epochs for 110 or 200, batches of 50, attacks of 2 steps that reach as far as the 10.',
            'AWP with gamma 0.003 for 0.01. Searched for with seed 100 on held-out images, with a PreActResNet-18 of width 8 by Rice’s preset: with 0.01 it learned nothing in 12 epochs (11.0 % withstood, chance 10), with 0.003 it did (18.0 %). Nothing else was searched for.',
            'Upsampling on ResNet-18 only; three seeds but for the first pair, and all others but upsampling measured on 500 of the test images, as many of each class, for time.',
          ]
        : []),
      ...(scale === 'tiny' ? ['Rendered shapes, a few images, one epoch: a smoke test that claims nothing.'] : []),
    ],
    data: { cifar: cifar(scale) },
    arms,
    measures,
    claims: claimsOf(sketches(scale), { arms, measures, scale }),
    seeds,
    testSeed: 0,
    ...{ rule, power },
    estimate: {
      full: 'not measured here: 50 arms of 110 or 200 epochs and 5 seeds, made for several GPUs',
      small:
        '7 to 8 hours on 2 idle cores, 2 of them for the first pair; a guess: on a loaded machine, a training step of 64 images with 3 steps of PGD took 0.64 s with strides 1222 and 1.08 s with 1122, a step of APGD on 250 images 0.45 s and 0.91 s',
      tiny: 'under 10 minutes on 2 cores',
    }[scale],
    published: [
      {
        title: 'ResNet-18, CIFAR-10, linf 8/255: natural accuracy and AutoAttack, %',
        columns: ['natural', 'AutoAttack'],
        rows: [
          { name: 'strides 1222, by AT, ALP, TRADES, AWP', cells: [null, null], seen: 'code' },
          { name: 'strides 1122, by AT, ALP, TRADES, AWP', cells: [null, null], seen: 'code' },
          { name: 'strides 1222, MART, last (authors’ baseline)', cells: ['82.77', '47.29'], seen: 'code' },
          { name: 'strides 1222, friendly AT, last (authors’ baseline)', cells: ['87.34', '41.56'], seen: 'code' },
          { name: 'strides 1222, friendly TRADES, last (authors’ baseline)', cells: ['83.09', '47.68'], seen: 'code' },
        ],
      },
    ],
  };
}
