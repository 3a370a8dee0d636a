import { type Batches, canonicalJson, type Trainable } from '@agoge/core';
import { probeOf } from './collapse';
import type { Optimizer } from './optimizer';
import type { Schedule } from './schedules';
import type { TrainOptions } from './train-options';
import { parametersOf } from './weight-decay';

/** What must be the same for a run to go on from its checkpoint: plain JSON. */
export type RunSetup = Readonly<Record<string, unknown>>;

const named = ({ name, options }: { name: string; options: unknown }) => ({ name, options });

/**
 * All that makes the numbers of a run what they are: a checkpoint of another run is refused.
 *
 * @throws TypeError, RangeError for options of an objective, optimizer, schedule or attack that JSON cannot say
 */
export function setupOf(
  model: Trainable,
  data: Batches,
  options: TrainOptions & { optimizer: Optimizer; schedule: Schedule; batchSize: number; seed: number },
): RunSetup {
  const {
    objective,
    optimizer,
    schedule,
    epochs,
    batchSize,
    seed,
    validation,
    microBatch,
    clipNorm,
    decays,
    extraSmoothing,
    weightPerturbation,
    average,
    earlyStop,
  } = options;
  const probe = probeOf('train', objective, options.probe);
  const parameters = parametersOf(model, decays).map(({ name, variable: { shape }, decay, clipNorm = null }) => {
    return [name, { shape, decay, clipNorm }];
  });
  const setup = {
    ...{ epochs, batchSize, seed },
    objective: named(objective),
    optimizer: named(optimizer),
    schedule: named(schedule),
    microBatch: microBatch ?? null,
    clipNorm: clipNorm ?? null,
    extraSmoothing: extraSmoothing ?? 0,
    average: average ? named(average) : null,
    weightPerturbation: weightPerturbation ? named(weightPerturbation) : null,
    data: { hash: data.hash, examples: data.examples },
    parameters: Object.fromEntries(parameters),
    buffers: Object.fromEntries(model.buffers().map(({ name, variable: { shape } }) => [name, { shape }])),
    validation: validation
      ? {
          data: validation.data.hash,
          attacks: validation.attacks.map(named),
          every: validation.every ?? 1,
          examples: validation.examples ?? null,
        }
      : null,
    earlyStop: earlyStop ? { patience: earlyStop.patience, minDelta: earlyStop.minDelta ?? 0 } : null,
    probe: probe ? { ...probe, attack: named(probe.attack) } : null,
  };
  return JSON.parse(canonicalJson(setup));
}
