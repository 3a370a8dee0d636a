import type { Attack } from '@agoge/core';
import type { attacks } from './registry';

/** Forward and backward passes. */
export interface Passes {
  forwards: number;
  backwards: number;
}

/** What an attack of the registry wants, in which norms it searches, what it costs, and who published it. */
export interface AttackFacts {
  needs: Attack['needs'];
  /** Its default is among them; `none` has no ball. */
  norms: readonly Attack['norm'][];
  source: string;
  /** The most that one example takes, with an attack's `options` and so many classes. */
  passes(options: Options, classes: number): Passes;
}
type Options = Readonly<Record<string, number>>;

const balls = ['linf', 'l2', 'l1'] as const;
const forwards = (count: number): Passes => ({ forwards: count, backwards: 0 });
/** Passes there and back, and the looks at the clean image and at the last. */
const inPairs = (count: number, more = 2): Passes => ({ forwards: count + more, backwards: count });
const apgdPasses = ({ restarts, steps, eotSamples }: Options, aims: number): Passes =>
  // Two steps more, where the ball shrinks.
  inPairs(aims * restarts * ((steps + 2) * eotSamples + 1));
const estimated = ({ steps, pairs }: Options): Passes => forwards(steps * (2 * pairs + 1) + 2);

/** Of each attack, by its name in the registry. */
export const attackFacts: Readonly<Record<keyof typeof attacks, AttackFacts>> = {
  apgd: {
    needs: 'gradient',
    norms: balls,
    source: 'Croce and Hein, ICML 2020; in l1 ICML 2021',
    passes: (options) => apgdPasses(options, 1),
  },
  apgdTargeted: {
    needs: 'gradient',
    norms: balls,
    source: 'Croce and Hein, ICML 2020; in l1 ICML 2021',
    passes: (options, classes) => apgdPasses(options, Math.min(options.rivals, classes - 1)),
  },
  boundary: {
    needs: 'labels',
    norms: ['l2'],
    source: 'Brendel, Rauber and Bethge, ICLR 2018',
    passes: ({ tries, steps, every }) => forwards(tries + 12 + Math.ceil(steps * (1 + 1 / every))),
  },
  cw: {
    needs: 'gradient',
    norms: ['l2'],
    source: 'Carlini and Wagner, S&P 2017',
    passes: ({ rounds, steps }) => inPairs(rounds * steps),
  },
  ddn: {
    needs: 'gradient',
    norms: ['l2'],
    source: 'Rony et al., CVPR 2019',
    passes: ({ steps }) => inPairs(steps),
  },
  deepfool: {
    needs: 'gradient',
    norms: ['linf', 'l2'],
    source: 'Moosavi-Dezfooli et al., CVPR 2016',
    passes: ({ steps, candidates }, classes) => inPairs(steps * (Math.min(candidates, classes) - 1), 3),
  },
  ead: {
    needs: 'gradient',
    norms: ['l1'],
    source: 'Chen et al., AAAI 2018',
    passes: ({ rounds, steps }) => inPairs(rounds * steps, 2 + rounds * steps),
  },
  fab: {
    needs: 'gradient',
    norms: balls,
    source: 'Croce and Hein, ICML 2020',
    passes: ({ restarts, steps }, classes) => inPairs(restarts * steps * (classes - 1), 2 + restarts * steps),
  },
  fabTargeted: {
    needs: 'gradient',
    norms: balls,
    source: 'Croce and Hein, ICML 2020',
    passes({ rivals, steps }, classes) {
      const taken = Math.min(rivals, classes - 1) * steps;
      return inPairs(taken, 2 + taken);
    },
  },
  fgsm: {
    needs: 'gradient',
    norms: balls,
    source: 'Goodfellow et al., ICLR 2015',
    passes: () => inPairs(1, 3),
  },
  fmn: {
    needs: 'gradient',
    norms: [...balls, 'l0'],
    source: 'Pintor et al., NeurIPS 2021',
    passes: ({ steps }) => inPairs(steps),
  },
  hopSkipJump: {
    needs: 'labels',
    norms: ['l2', 'linf'],
    source: 'Chen, Jordan and Wainwright, S&P 2020',
    passes({ tries, steps, firstProbes, mostProbes, lengths }) {
      // Halved as often as float32 can tell.
      const halvings = 24;
      let sum = tries + halvings + 2;
      for (let step = 1; step <= steps; step++) {
        sum += Math.min(mostProbes, Math.floor(firstProbes * Math.sqrt(step))) + lengths + halvings;
      }
      return forwards(sum);
    },
  },
  jsma: {
    needs: 'gradient',
    norms: ['l0'],
    source: 'Papernot et al., EuroS&P 2016',
    passes: ({ rivals, eps }, classes) => inPairs(Math.min(rivals, classes - 1) * 2 * (eps + 1)),
  },
  miFgsm: {
    needs: 'gradient',
    norms: balls,
    source: 'Dong et al., CVPR 2018 and 2019; Lin et al., ICLR 2020; Xie et al., CVPR 2019; Wang and He, CVPR 2021',
    passes: ({ steps, neighbours, scales, diversity }) =>
      inPairs(steps * (1 + neighbours) * scales, 3 + (diversity > 0 ? steps : 0)),
  },
  multiTargeted: {
    needs: 'gradient',
    norms: balls,
    source: 'Gowal et al., 2019',
    passes: ({ rivals, restarts, steps }, classes) => inPairs(Math.min(rivals, classes - 1) * restarts * (steps + 1)),
  },
  nes: { needs: 'scores', norms: balls, source: 'Ilyas et al., ICML 2018', passes: estimated },
  noise: {
    needs: 'labels',
    norms: balls,
    source: 'the floor under all others',
    passes: ({ queries }) => forwards(queries + 2),
  },
  onePixel: {
    needs: 'scores',
    norms: ['l0'],
    source: 'Su, Vargas and Sakurai, TEVC 2019',
    passes: ({ population, generations }) => forwards(population * (generations + 1) + 2),
  },
  pgd: {
    needs: 'gradient',
    norms: balls,
    source: 'Madry et al., ICLR 2018',
    passes: ({ restarts, steps }) => inPairs(restarts * (steps + 1)),
  },
  spatial: {
    needs: 'labels',
    norms: ['none'],
    source: 'Engstrom et al., ICML 2019',
    passes: ({ rotations, shifts, draws }) => forwards(Math.max(draws, rotations * shifts ** 2) + 2),
  },
  spsa: { needs: 'scores', norms: balls, source: 'Uesato et al., ICML 2018', passes: estimated },
  square: {
    needs: 'scores',
    norms: balls,
    source: 'Andriushchenko et al., ECCV 2020; in l1 Croce and Hein, ICML 2021',
    passes: ({ queries }) => forwards(queries + 3),
  },
};
