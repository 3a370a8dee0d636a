import type { Named } from '../model-description';
import { cropAndFlip, pgd } from '../recipes/recipe';
import type { Scale } from '../recipes/scale';
import { type ClaimSketch, claimsOf, power, rule } from './claims';
import type { Arm, DataPlan, Measure, Plan } from './plan';
import { cifar, robustMeasures, sizes, trainingAt, validationAt } from './sizes';

const eps = 4 / 255;
const half = [0.5, 0.5, 0.5];

/** SAT's Table 1: in whose passes the rectifier's gradient is smoothed. */
const switches: Readonly<Record<string, Named>> = {
  'attacker-smoothed': { name: 'smoothgradientrelu', options: { phases: ['craft'] } },
  'optimiser-smoothed': { name: 'smoothgradientrelu', options: { phases: ['update'] } },
  'both-smoothed': { name: 'smoothgradientrelu', options: { phases: ['craft', 'update'] } },
};
/** Its activations; parametric softplus at the 10 that it fixes. */
const activations: Readonly<Record<string, Named>> = {
  silu: { name: 'silu', options: {} },
  gelu: { name: 'gelutanh', options: {} },
  elu: { name: 'elu', options: {} },
  softplus: { name: 'softplus', options: {} },
  psoftplus: { name: 'psoftplus', options: { alpha: 10, learn: [] } },
  smoothrelu: { name: 'smoothrelu', options: {} },
};

/** What is larger in each network of the scaling study, by SiLU. */
const larger = (scale: Scale, width: number): Readonly<Record<string, Named>> =>
  scale === 'full'
    ? {
        deeper: { name: 'resnet101', options: { width, stem: 'imagenet' } },
        wider: { name: 'resnext50', options: { width, stem: 'imagenet' } },
        finer: { name: 'resnet50', options: { width, stem: 'imagenet' } },
      }
    : {
        deeper: { name: 'resnet34', options: { width } },
        wider: { name: 'resnet18', options: { width: 2 * width } },
        finer: { name: 'resnet18', options: { width, upsample: { factor: 2, mode: 'bilinear' } } },
      };

const sketches: readonly ClaimSketch[] = [
  {
    id: 'attacker-smoothed',
    statement: "Smoothing the rectifier's gradient for the attacker of training raises robust accuracy",
    treatment: 'attacker-smoothed',
    control: 'relu',
    metric: 'robust',
    source: { where: '1.5 points more under PGD-200', seen: 'abstract' },
  },
  {
    id: 'attacker-smoothed-clean',
    statement: 'It costs clean accuracy',
    treatment: 'attacker-smoothed',
    control: 'relu',
    ...{ metric: 'clean', direction: 'lower' },
    source: { where: '0.5 points less', seen: 'abstract' },
  },
  {
    id: 'both-smoothed',
    statement: 'Smoothing it for attacker and optimiser both raises robust accuracy',
    treatment: 'both-smoothed',
    control: 'relu',
    metric: 'robust',
    source: { where: 'better gradients of training improve robustness', seen: 'abstract' },
  },
  ...Object.keys(activations).map(
    (name): ClaimSketch => ({
      id: `${name}-robust`,
      statement: `Trained with ${name}, the network is more robust than with ReLU`,
      treatment: name,
      control: 'relu',
      metric: 'robust',
      source: { where: 'smooth activations in place of ReLU improve robustness', seen: 'abstract' },
    }),
  ),
  {
    id: 'silu-clean',
    statement: 'SiLU costs no clean accuracy, but raises it',
    treatment: 'silu',
    control: 'relu',
    metric: 'clean',
    source: { where: 'ResNet-50: 69.7 % for 68.7 %', seen: 'code' },
  },
  ...['deeper', 'wider', 'finer'].map(
    (name): ClaimSketch => ({
      id: `${name}-robust`,
      statement: `With SiLU, a network that is ${name} is more robust`,
      treatment: name,
      control: 'silu',
      metric: 'robust',
      source: { where: 'larger networks by SiLU gain robustness, deeper, wider and at finer resolution', seen: 'code' },
    }),
  ),
];

/** ImageNet at that side, its shorter side scaled as 256 is to 224 before the crop. */
const imagenet = (side: number): DataPlan => ({
  name: 'imageFolder',
  options: { preparation: { resize: Math.round((side * 256) / 224), crop: side } },
  ...{ training: 1_271_167, heldOut: 10_000, test: 50_000 },
});

/** SAT: smooth activations and smooth gradients in training by one step of PGD. */
export function sat(scale: Scale): Plan {
  const { width, seeds, training, heldOut, test } = sizes[scale];
  const few = scale === 'small' ? { seeds: seeds.confirm.slice(0, 3) } : {};
  const base: Named =
    scale === 'full'
      ? { name: 'resnet50', options: { width, stem: 'imagenet' } }
      : { name: 'resnet18', options: { width } };
  const arm = (name: string, network: Named, activation: Named): Arm => ({
    ...{ name, network, activation, pixels: { mean: half, std: half }, data: 'images' },
    augment: scale === 'full' ? [{ name: 'randomFlip', options: {} }] : cropAndFlip,
    training: trainingAt('sat', scale),
    validation: validationAt(eps, scale),
    measures: ['robust', 'pgd-200'],
    ...few,
  });
  const silu = activations.silu;
  const whole = scale === 'small' ? { measures: ['robust', 'pgd-200', 'standard'] } : {};
  const arms: Arm[] = [
    { ...arm('relu', base, { name: 'relu', options: {} }), ...whole },
    ...Object.entries(switches).map(([name, activation]) => arm(name, base, activation)),
    ...Object.entries(activations).map(([name, activation]) => ({
      ...arm(name, base, activation),
      ...(activation === silu && whole),
    })),
    ...Object.entries(larger(scale, width)).map(([name, network]) => ({
      ...arm(name, network, silu),
      ...(scale === 'full' && name === 'finer' && { data: 'finer' }),
    })),
  ];
  const images = scale === 'full' ? imagenet(224) : cifar(scale);
  const measures: Measure[] = [
    ...robustMeasures(eps, scale),
    {
      ...{ name: 'pgd-200', kind: 'attacks', labels: 'true' },
      attacks: [pgd(eps, scale === 'tiny' ? 3 : 200, 1 / 255)],
      images: { full: 50_000, small: 200, tiny: 10 }[scale],
    },
  ];
  return {
    paper: 'sat',
    scale,
    title: 'SAT: smooth adversarial training',
    source:
      'Xie, Tan, Gong, Yuille, Le, arXiv 2006.14536 (2020), and its code, which has no CIFAR-10 and not the probe of Table 1',
    notes: [
      'Training by one step of PGD, a fifth of the batches from the clean images; 4/255; softened labels. The gradient is smoothed in training only: all attacks that measure see the true one.',
      'SmoothReLU learns one scalar a network here; the source has one a site.',
      'GELU by tanh, as in the code. Parametric softplus at 10, fixed.',
      'Of Table 1 the rows with the optimiser smoothed were not seen.',
      ...(scale === 'full'
        ? [
            'ImageNet in class folders, its validation images under test/; images are cropped in the middle, in training too: the augmentation of the source was not seen.',
            'Scaling: ResNet-101, ResNeXt-50 32x4d, 299 pixels.',
          ]
        : []),
      ...(scale === 'small'
        ? [
            `cifar10-jpeg, whose pixels went through JPEG, and a ResNet-18 of width ${width} stand in for ImageNet and ResNet-50: a reading of ours, ${training} images, ${heldOut} held out, ${test} test images, 12 epochs for 100.`,
            'Scaling: ResNet-34, width 16 for 8, images upsampled to 64 pixels within the network. PGD-200 on 200 images. Nothing else was searched for.',
          ]
        : []),
      ...(scale === 'tiny' ? ['Rendered shapes, a few images, one epoch: a smoke test that claims nothing.'] : []),
    ],
    data: { images, ...(scale === 'full' && { finer: imagenet(299) }) },
    ...{ arms, measures },
    claims: claimsOf(sketches, { arms, measures, scale }),
    ...{ seeds, testSeed: 0, rule, power },
    estimate: {
      full: 'not measured here: networks of 100 epochs and 5 seeds, made for several GPUs',
      small:
        '8 hours on 2 idle cores; a guess: on a loaded machine, a training step of 64 images with 3 steps of PGD took 0.64 s on ResNet-18 of width 8, a step of APGD on 250 images 0.45 s',
      tiny: 'under 10 minutes on 2 cores',
    }[scale],
    published: [
      {
        title: 'Table 1: ResNet-50 with ReLU, ImageNet, 4/255, %; whose gradients are smoothed',
        columns: ['clean', 'PGD-200'],
        rows: [
          { name: 'nobody’s', cells: ['68.8 (worked out)', '33.0'], seen: 'abstract' },
          { name: 'the attacker’s', cells: ['68.3 (worked out)', '34.5 (worked out)'], seen: 'abstract' },
          { name: 'the optimiser’s', cells: [null, null], seen: 'abstract' },
          { name: 'both', cells: [null, null], seen: 'abstract' },
        ],
      },
      {
        title: 'ResNet-50, ImageNet, 4/255, %',
        columns: ['clean', 'PGD-10', 'PGD-20', 'PGD-50', 'PGD-200'],
        rows: [
          { name: 'ReLU', cells: ['68.7', '35.3', '33.7', '33.1', '33.0 (abstract)'], seen: 'code' },
          { name: 'SiLU', cells: ['69.7', '43.0', '42.2', '41.9', '42.3 (abstract)'], seen: 'code' },
          { name: 'ELU', cells: ['69.0', '41.6', '40.9', '40.7', null], seen: 'code' },
          { name: 'GELU', cells: ['69.9', '42.6', '41.8', '41.5', null], seen: 'code' },
          { name: 'SmoothReLU', cells: ['69.3', '41.3', '40.4', '40.1', null], seen: 'code' },
          { name: 'Softplus, parametric softplus', cells: [null, null, null, null, null], seen: 'code' },
          { name: 'SiLU, ResNet-101', cells: ['72.9', '46.4', '45.5', '45.2', null], seen: 'code' },
          { name: 'SiLU, ResNeXt-50 32x4d', cells: ['71.1', '43.3', '42.5', '42.2', null], seen: 'code' },
          { name: 'SiLU, 299 pixels', cells: ['70.7', '44.6', '43.8', '43.6', null], seen: 'code' },
        ],
      },
    ],
  };
}
