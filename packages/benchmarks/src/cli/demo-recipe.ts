import type { Named } from '../model-description';

/** Largest change of a pixel, of a grey range of 1: a person still reads every digit. */
export const demoEps = 0.2;

/** What the demo trains: the same small network four times; `agoge train` with these values does the same. */
export const demoPlans: readonly { name: string; activation: Named; objective: Named }[] = [
  { name: 'standard-relu', activation: 'relu', objective: 'standard' },
  { name: 'at-relu', activation: 'relu', objective: 'adversarialTraining' },
  { name: 'at-silu', activation: 'silu', objective: 'adversarialTraining' },
  { name: 'at-pssilu', activation: 'pssilu', objective: 'adversarialTraining' },
].map(({ name, activation, objective }) => ({
  name,
  activation: { name: activation, options: {} },
  objective: {
    name: objective,
    options: objective === 'standard' ? {} : { norm: 'linf', eps: demoEps, steps: 5, stepSize: demoEps / 4 },
  },
}));

/** Enough for the loss to flatten; the whole demo takes about a minute on two cores. */
export const demoTraining = { epochs: 15, batchSize: 64, learningRate: 0.1 };
