import { cropAndFlip, pgd } from '../recipes/recipe';
import type { Scale } from '../recipes/scale';
import { type ClaimSketch, claimsOf, power, rule } from './claims';
import { alphas, shapeArms, shapeMeasuresAt, shapeSketches } from './paf-shapes';
import type { Arm, Measure, Plan } from './plan';
import { cifar, robustMeasures, sizes, trainingAt, validationAt, withoutAttacks } from './sizes';

const eps = 0.031;

const activations = ['relu', 'silu', 'prelu', 'psoftplus', 'psilu', 'pssilu'] as const;
type Activation = (typeof activations)[number];
/** Whether images beside the training set are trained on. */
type With = 'alone' | 'extra';

const nameOf = (network: 'resnet18' | 'wrn', data: With, activation: Activation) => `${network}-${data}-${activation}`;
const teacher = 'teacher';

const seen = 'abstract';
const sketches = (scale: Scale): ClaimSketch[] => [
  {
    id: 'pssilu-resnet18',
    statement: 'With extra data, ResNet-18 with PSSiLU is more robust than with ReLU',
    treatment: nameOf('resnet18', 'extra', 'pssilu'),
    control: nameOf('resnet18', 'extra', 'relu'),
    metric: 'robust',
    source: { where: '4.54 points more on CIFAR-10 with generated images', seen },
  },
  {
    id: 'pssilu-wrn',
    statement: 'With extra data, a wide ResNet with PSSiLU is more robust than with ReLU',
    treatment: nameOf('wrn', 'extra', 'pssilu'),
    control: nameOf('wrn', 'extra', 'relu'),
    metric: 'robust',
    source: { where: '2.69 points more for WRN-28-10 on CIFAR-10 with generated images', seen },
  },
  ...(['silu', 'psoftplus', 'psilu', 'pssilu'] as const).map((activation) => ({
    id: `${activation}-alone`,
    statement: `Without extra data, ResNet-18 with ${activation} is more robust than with ReLU`,
    treatment: nameOf('resnet18', 'alone', activation),
    control: nameOf('resnet18', 'alone', 'relu'),
    metric: 'robust',
    source: { where: 'smooth activations do better than ReLU', seen } as const,
  })),
  {
    id: 'learns-curvature',
    statement: 'Under adversarial training PSiLU learns more curvature than it starts with: alpha above 1',
    treatment: nameOf('resnet18', 'alone', 'psilu'),
    control: 1,
    metric: 'psilu/alpha',
    source: { where: 'parametric activations move towards the shapes that are more robust', seen },
  },
  {
    id: 'learns-positive-outputs',
    statement: 'Under adversarial training PReLU learns positive outputs on negative inputs: alpha below 0',
    treatment: nameOf('resnet18', 'alone', 'prelu'),
    control: 0,
    ...{ metric: 'prelu/alpha', direction: 'lower' as const },
    source: { where: 'parametric activations move towards the shapes that are more robust', seen },
  },
  ...shapeSketches(scale),
];

/** PAF: parametric activations under adversarial training, and what the shape of an activation does by itself. */
export function paf(scale: Scale): Plan {
  const { width, seeds, training } = sizes[scale];
  const few = scale === 'small' ? { seeds: seeds.confirm.slice(0, 3) } : {};
  const plan = trainingAt('paf', scale);
  const arm = (name: string, activation: string, more: Partial<Arm> = {}): Arm => ({
    ...{ name, data: 'cifar', augment: cropAndFlip, training: plan },
    network: { name: 'resnet18', options: { width } },
    activation: { name: activation, options: {} },
    validation: validationAt(eps, scale),
    measures: ['robust'],
    ...few,
    ...more,
  });
  const wide = { name: 'wideResNet', options: scale === 'full' ? { depth: 28, width: 10 } : { depth: 10, width: 1 } };
  const extra = { fraction: 0.5, ...(scale === 'full' ? { data: 'generated' } : { labelledBy: teacher }) };
  const standIns: Arm[] =
    scale === 'full'
      ? []
      : [arm(teacher, 'relu', { training: withoutAttacks(plan), measures: [], seeds: seeds.confirm })];
  const ofExtra = scale === 'full' ? activations : (['relu', 'pssilu'] as const);
  const arms = [
    ...standIns,
    ...ofExtra.map((each) => arm(nameOf('resnet18', 'extra', each), each, { extra, seeds: seeds.confirm })),
    ...activations.map((each) =>
      arm(nameOf('resnet18', 'alone', each), each, scale === 'small' ? { measures: ['robust', 'standard'] } : {}),
    ),
    ...ofExtra.map((each) => arm(nameOf('wrn', 'extra', each), each, { extra, network: wide })),
    ...shapeArms(scale, (name, activation) =>
      arm(name, activation.name, {
        ...{ activation, training: withoutAttacks(plan), measures: shapeMeasuresAt(scale).map((each) => each.name) },
        // The source's shape study is of the last weights.
        validation: undefined,
      }),
    ).map(({ validation: _, ...each }) => each),
  ];
  const measures: Measure[] = [
    ...robustMeasures(eps, scale),
    ...(scale === 'full'
      ? [{ name: 'pgd', kind: 'attacks', labels: 'true', attacks: [pgd(eps, 10, 0.0078)], images: 10_000 } as const]
      : []),
    ...shapeMeasuresAt(scale),
  ];
  return {
    paper: 'paf',
    scale,
    title: 'PAF: parametric activations under adversarial training',
    source:
      'Dai, Mahloujifar, Mittal, arXiv 2110.05626 (2021), and its code. Of its tables only what the abstract says was seen',
    notes: [
      'Adversarial training by PGD, one activation for the whole network, whose scalars have the rate and the decay of all weights. PSSiLU starts at beta 1e-8, since from 0 it never moves.',
      'The epoch is chosen by PGD-10 on held-out training images; the source takes test images for it.',
      `Shape study: networks trained without attacks, alpha frozen at ${alphas}; the values of the paper’s own grid were not seen.`,
      'Under Square the share is of the images that are right as they are: 1 less the success rate of the attack.',
      ...(scale === 'full'
        ? [
            'Extra data: generated images of 10 classes in an archive generated.npz, half of each batch; the batch stays 256 in all, the source has 256 and 256.',
          ]
        : []),
      ...(scale === 'small'
        ? [
            'cifar10-jpeg, whose pixels went through JPEG, stands in for CIFAR-10: its figures are never those of CIFAR-10.',
            'Extra data are a stand-in: real images that no arm trains on, with the labels that a network trained without attacks gives them, half of each batch.',
            'Width 8 for 64, WRN-10-1 for WRN-28-10, 2,000 images for 50,000, 12 epochs for 200, batches of 50, attacks of 2 steps that reach as far as the 10. Nothing else was searched for.',
            'With extra data ReLU and PSSiLU only; three seeds but for that pair on ResNet-18.',
          ]
        : []),
      ...(scale === 'tiny' ? ['Rendered shapes, a few images, one epoch: a smoke test that claims nothing.'] : []),
    ],
    data: {
      cifar: { ...cifar(scale), ...(scale !== 'full' && { extra: training }) },
      ...(scale === 'full' && {
        generated: { name: 'npz', options: { name: 'generated.npz' }, training: 0, heldOut: 0, test: 0 },
      }),
    },
    ...{ arms, measures },
    claims: claimsOf(sketches(scale), { arms, measures, scale }),
    ...{ seeds, testSeed: 0, rule, power },
    estimate: {
      full: 'not measured here: networks of 200 epochs and 5 seeds, made for several GPUs',
      small:
        '5 hours on 2 idle cores; a guess: on a loaded machine, a training step of 64 images with 3 steps of PGD took 0.64 s on ResNet-18 of width 8, a step of APGD on 250 images 0.45 s',
      tiny: 'under 10 minutes on 2 cores',
    }[scale],
    published: [
      {
        title: 'CIFAR-10 with generated images, linf 0.031, AutoAttack, %',
        columns: ['ReLU', 'PSSiLU', 'difference'],
        rows: [
          { name: 'ResNet-18', cells: [null, null, '+4.54'], seen: 'abstract' },
          { name: 'WRN-28-10', cells: ['59.27 (worked out)', '61.96', '+2.69'], seen: 'abstract' },
          { name: 'WRN-28-10, as RobustBench measured it at 8/255', cells: [null, '61.55', null], seen: 'page' },
        ],
      },
      {
        title: 'Shape study and learned scalars',
        columns: ['radius', 'Square', 'alpha'],
        rows: [{ name: 'all', cells: [null, null, null], seen: 'code' }],
      },
    ],
  };
}
