import type { Named } from '../model-description';
import { cropAndFlip } from '../recipes/recipe';
import type { Scale } from '../recipes/scale';
import { type ClaimSketch, claimsOf, power, rule } from './claims';
import type { Arm, DataPlan, Measure, Plan } from './plan';
import { cifar, robustMeasures, sizes, trainingAt, validationAt } from './sizes';

const eps = 8 / 255;
const epsDigits = 0.1;

const relu: Named = { name: 'relu', options: {} };
const joint: Named = { name: 'sparta', options: {} };

/** A comparison of Sparta with another activation on the same network and data. */
const against = (treatment: string, control: string, id: string, statement: string, where: string, metric = 'robust') =>
  ({
    id,
    statement,
    treatment,
    control,
    metric,
    source: { where, seen: where === ours ? 'ours' : 'abstract' },
  }) satisfies ClaimSketch;

const ours = 'a comparison of ours';
const beats = 'more robust and more accurate than ReLU and other activations';
const carries = 'learned on one network or data set, fixed in another, more robust than ReLU there';

const sketches = (scale: Scale): ClaimSketch[] => [
  against('sparta', 'relu', 'sparta-relu', 'ResNet-18 with Sparta is more robust than with ReLU', beats),
  against('sparta', 'relu', 'sparta-relu-clean', 'and more accurate', beats, 'clean'),
  against('sparta', 'silu', 'sparta-silu', 'ResNet-18 with Sparta is more robust than with SiLU', beats),
  against('sparta', 'pssilu', 'sparta-pssilu', 'ResNet-18 with Sparta is more robust than with PSSiLU', ours),
  against(
    'resnet34-frozen',
    'resnet34-relu',
    'depth',
    'Gates of ResNet-18, frozen in ResNet-34, make it more robust than ReLU',
    carries,
  ),
  against(
    'resnet34-frozen',
    'resnet34-joint',
    'depth-frozen',
    'Frozen they do better than gates that are trained with the network',
    ours,
  ),
  ...(scale === 'full'
    ? [against('svhn-frozen', 'svhn-relu', 'data', 'Gates of CIFAR-10, frozen on SVHN, do better than ReLU', carries)]
    : [
        against(
          'late-frozen',
          'late-relu',
          'classes',
          'Gates of five classes, frozen for the five others, do better than ReLU',
          carries,
        ),
        against(
          'digits-frozen',
          'digits-relu',
          'data',
          'Gates of photographs, frozen for digits, do better than ReLU',
          carries,
          'robust-digits',
        ),
      ]),
];

/** Sparta: activations that look around, against others, and moved to other networks and data. */
export function sparta(scale: Scale): Plan {
  const { width, seeds, training, heldOut, test } = sizes[scale];
  const few = scale === 'small' ? { seeds: seeds.confirm.slice(0, 3) } : {};
  const arm = (name: string, activation: Named, more: Partial<Arm> = {}): Arm => ({
    ...{ name, activation, data: 'cifar', augment: cropAndFlip },
    network: { name: 'resnet18', options: { width } },
    training: trainingAt('rcm-at', scale),
    validation: validationAt(eps, scale),
    measures: ['robust'],
    ...few,
    ...more,
  });
  const deep = { network: { name: 'resnet34', options: { width } } };
  const late = { data: 'late' };
  const plain = trainingAt('rcm-at', scale);
  const digits: Partial<Arm> = {
    ...{ data: 'digits', augment: [], measures: ['robust-digits'], validation: validationAt(epsDigits, scale) },
    training: withEps(plain, epsDigits),
  };
  const svhn = { data: 'svhn', augment: [] };
  const transfers: Arm[] =
    scale === 'full'
      ? [
          arm('svhn-relu', relu, svhn),
          arm('svhn-joint', joint, svhn),
          arm('svhn-frozen', joint, { ...svhn, gatesFrom: 'sparta' }),
        ]
      : [
          arm('early', joint, { data: 'early', measures: [] }),
          arm('late-frozen', joint, { ...late, gatesFrom: 'early' }),
          arm('late-relu', relu, late),
          arm('digits-relu', relu, digits),
          arm('digits-frozen', joint, { ...digits, gatesFrom: 'sparta' }),
        ];
  const arms: Arm[] = [
    arm('relu', relu),
    arm('silu', { name: 'silu', options: {} }),
    arm('pssilu', { name: 'pssilu', options: {} }),
    arm('sparta', joint, scale === 'small' ? { measures: ['robust', 'standard'] } : {}),
    arm('resnet34-relu', relu, deep),
    arm('resnet34-joint', joint, deep),
    arm('resnet34-frozen', joint, { ...deep, gatesFrom: 'sparta' }),
    ...transfers,
  ];
  const counts = { training, heldOut, test };
  const classes = (labels: readonly number[]): DataPlan => ({ ...cifar(scale), classes: labels });
  const grey: DataPlan =
    scale === 'tiny'
      ? {
          name: 'shapes',
          options: { examples: 200, size: 28, channels: 1, classes: 10 },
          form: 'padded-rgb',
          ...counts,
        }
      : { name: 'mnist', form: 'padded-rgb', ...counts };
  const ofDigits: Measure[] = robustMeasures(epsDigits, scale)
    .filter(({ name }) => name === 'robust')
    .map((each) => ({ ...each, name: 'robust-digits', images: Math.min(300, each.images) }));
  const measures: Measure[] = [...robustMeasures(eps, scale), ...(scale === 'full' ? [] : ofDigits)];
  return {
    paper: 'sparta',
    scale,
    title: 'Sparta: spatially attentive activations',
    source:
      'Guo, Juefei-Xu, Zhou, Feng, Liu, Wang, arXiv 2105.08269 (2021): its abstract. Formula, training and tables were not seen',
    notes: [
      'Sparta is a reconstruction from the abstract: max(x · 2 s(phi(x)), 0), a gate for each stage. No figure here is one of the paper’s method, whatever the verdict.',
      'Training is ours: adversarial training as RCM has it, without normalised pixels.',
      ...(scale === 'full' ? ['Data set to data set as published: CIFAR-10 to SVHN.'] : []),
      ...(scale === 'small'
        ? [
            'cifar10-jpeg, whose pixels went through JPEG, stands in for CIFAR-10: its figures are never those of CIFAR-10.',
            'In place of CIFAR-10 to SVHN, stand-ins: classes 0 to 4 to classes 5 to 9 of cifar10-jpeg, and cifar10-jpeg to MNIST within 32 x 32 x 3 (at 0.1, 300 test images).',
            'Width 8 for 64, 2,000 images, 12 epochs, batches of 50, attacks of 2 steps that reach as far as the 10; three seeds. Nothing else was searched for.',
          ]
        : []),
      ...(scale === 'tiny' ? ['Rendered shapes, a few images, one epoch: a smoke test that claims nothing.'] : []),
    ],
    data: {
      cifar: cifar(scale),
      ...(scale === 'full'
        ? { svhn: { name: 'svhn', training: 72_257, heldOut: 1000, test: 10_000 } }
        : { early: classes([0, 1, 2, 3, 4]), late: classes([5, 6, 7, 8, 9]), digits: grey }),
    },
    arms,
    measures,
    claims: claimsOf(sketches(scale), { arms, measures, scale }),
    ...{ seeds, testSeed: 0, rule, power },
    estimate: {
      full: 'not measured here: networks of 110 epochs and 5 seeds, made for several GPUs',
      small:
        '6 to 7 hours on 2 idle cores; a guess: on a loaded machine, a training step of 64 images with 3 steps of PGD took 0.64 s on ResNet-18 of width 8 with ReLU, a step of APGD on 250 images 0.45 s',
      tiny: 'under 10 minutes on 2 cores',
    }[scale],
    published: [
      {
        title: 'Error rates of Sparta, ReLU and others, CIFAR-10 and SVHN',
        columns: ['clean', 'attacked'],
        rows: [{ name: 'all', cells: [null, null], seen: 'abstract' }],
      },
    ],
  };
}

/** The same training, within another radius, by steps of the same share of it. */
function withEps(plan: Arm['training'], radius: number): Arm['training'] {
  const { eps: before = radius, stepSize = radius } = plan.objective.options as { eps?: number; stepSize?: number };
  const options = { ...plan.objective.options, eps: radius, stepSize: (stepSize * radius) / before };
  return { ...plan, objective: { ...plan.objective, options } as Arm['training']['objective'] };
}
