import { scalar, type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import type { PartPass, PartTrainer, PassKind } from '../step-parts';
import { applyChanges } from './recorded-changes';
import { assignCounts, countsOf, type ModelVariables, takeValues } from './shared-values';
import type { WorkerLink } from './worker-link';
import type { PassReply, SharedModel } from './worker-messages';

/** What the passes of a step are made with. */
export interface WorkerStep {
  links: readonly WorkerLink[];
  /** The shared memory of each worker's gradients. */
  gradients: readonly Float32Array[];
  variables: ModelVariables;
  /** Of each kind of pass, how much it adds to each integer buffer; known once one was made. */
  counted: Map<PassKind, number[]>;
  trainer: PartTrainer;
  sizes: readonly number[];
}

/**
 * One pass over each part: part k by worker k modulo their number, each of which is asked for its next when its last was taken.
 * What passes did to the running statistics is done to this thread's in the order of the parts.
 */
export async function* workerPasses(
  { links, gradients, variables, counted, trainer, sizes }: WorkerStep,
  kind: PassKind,
  model: Omit<SharedModel, 'counters'>,
): AsyncGenerator<PartPass> {
  const { parameters, statistics, counters } = variables;
  const weights = parameters.map(({ variable }) => variable);
  const starts = await countsOf(counters);
  let amounts = counters.length === 0 ? [] : counted.get(kind);
  const after = (parts: number) => starts.map((each, i) => each + parts * (amounts?.[i] ?? 0));

  const asked = new Map<number, Promise<PassReply>>();
  const ask = (part: number) => {
    if (part >= sizes.length || asked.has(part)) return;
    const reply = links[part % links.length].ask(
      'pass',
      { part, kind, model: { ...model, counters: after(part) } },
      `at part ${part + 1} of ${sizes.length}`,
    );
    // Looked at in its turn.
    reply.catch(() => undefined);
    asked.set(part, reply);
  };
  const askAll = () => links.forEach((_, i) => void ask(i));
  // Where layers count and nobody knows how far yet, the first part tells.
  if (amounts) askAll();
  else ask(0);
  try {
    for (const [part, size] of sizes.entries()) {
      const { present, changes, loss, correct, advanced, counters: counts } = (await asked.get(part)) as PassReply;
      amounts ??= counts.map((each, i) => each - starts[i]);
      counted.set(kind, amounts);
      if (counts.some((each, i) => each !== after(part + 1)[i])) {
        throw new Error('trainingWorkers: layers count their calls otherwise in one part than in another');
      }
      applyChanges(statistics, changes);
      const values = takeValues(gradients[part % links.length], weights);
      askAll();
      ask(part + links.length);
      const found = values.flatMap((each, i) => {
        if (present[i]) return [[weights[i].name, each]];
        each.dispose();
        return [];
      });
      const [height, width, channels] = trainer.perturbation?.shape.slice(1) ?? [];
      const rows = advanced && tensor4d(advanced, [size, height, width, channels]);
      yield {
        loss: scalar(loss),
        correct: scalar(correct),
        gradients: Object.fromEntries(found),
        check: async () => undefined,
        ...(rows && { advanced: rows as Tensor4D }),
      };
    }
    assignCounts(counters, after(sizes.length));
  } finally {
    // Whoever leaves off early still waits for what was asked, so that nobody writes into memory that others use.
    await Promise.allSettled(asked.values());
  }
}
