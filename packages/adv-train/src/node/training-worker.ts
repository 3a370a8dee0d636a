import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { ensureGradients, isUserError, lookUp, type Objective, said, show, type Trainable } from '@agoge/core';
import { getBackend, ready, type Tensor4D, tensor4d, version_core } from '@tensorflow/tfjs-core';
import { type Crafted, craft } from '../crafted';
import { type Part, partsOf } from '../parts';
import { objectives } from '../registry';
import { partPass } from '../step-parts';
import { recordChanges } from './recorded-changes';
import { assignCounts, assignValues, countsOf, formOf, putValues, sizeOf, variablesByKind } from './shared-values';
import type {
  FromWorker,
  NamedOptions,
  Replies,
  RequestKind,
  Requests,
  SharedBatch,
  SharedModel,
  ToWorker,
  WorkerStart,
} from './worker-messages';

type Maker = (options: unknown) => unknown;

/** What a worker does, one request after another. */
type Duties = { [K in RequestKind]: (request: Requests[K], signal: AbortSignal) => Promise<Replies[K]> };

/** Which part of the batch is worked on, for errors. */
let current: number | undefined;
let crafting = new AbortController();

if (parentPort) void serve(parentPort, workerData);

/** Builds the model and answers requests in their order; an abort is heeded at once. */
async function serve(port: MessagePort, start: WorkerStart): Promise<void> {
  const send = (message: FromWorker) => port.postMessage(message);
  try {
    const module = await load(start.module);
    const model = (await makerIn(module, start.module, start.export)(start.options)) as Trainable | undefined;
    if (typeof model?.forward !== 'function' || typeof model.buffers !== 'function') {
      const wanted = 'must give a Trainable, such as fromLayersModel makes';
      throw said(new TypeError(`${start.export} of ${start.module} ${wanted}, gave ${show(model)}`));
    }
    await ready();
    await ensureGradients();
    const duties = dutiesOf(model, start, ({ name, options }) => {
      const own = start.objective;
      const make =
        own === null ? lookUp('registry', 'objective', name, objectives) : makerIn(module, start.module, own);
      return (make as Maker)(options) as Objective;
    });
    let last: Promise<unknown> = Promise.resolve();
    port.on('message', (message: ToWorker) => {
      if (message.kind === 'abort') return crafting.abort();
      if (message.kind === 'craft') crafting = new AbortController();
      const { signal } = crafting;
      last = last
        .then(() => answer(duties, message, signal))
        .then(
          (reply) => send({ reply }),
          (error) => send(asSent(error)),
        );
    });
    send({ ready: { ...formOf(model), backend: getBackend(), version: version_core } });
  } catch (error) {
    send(asSent(error));
  }
}

type Request = Exclude<ToWorker, { kind: 'abort' }>;

function answer(duties: Duties, { kind, request }: Request, signal: AbortSignal): Promise<Replies[RequestKind]> {
  current = undefined;
  const duty = duties[kind] as (request: Request['request'], signal: AbortSignal) => Promise<Replies[RequestKind]>;
  return duty(request, signal);
}

function asSent(error: unknown): FromWorker {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return { error: { name, message, stack, said: isUserError(error), ...(current !== undefined && { part: current }) } };
}

async function load(url: string): Promise<Record<string, unknown>> {
  try {
    return await import(/* @vite-ignore */ url);
  } catch (error) {
    throw said(new Error(`module ${url} does not load: ${error instanceof Error ? error.message : error}`));
  }
}

function makerIn(module: Record<string, unknown>, url: string, name: string): Maker {
  const made = module[name];
  if (typeof made === 'function') return made as Maker;
  const has = Object.keys(module).join(', ') || 'nothing';
  throw said(new TypeError(`module ${url} must export a function ${show(name)}, it exports ${has}`));
}

function dutiesOf(
  model: Trainable,
  { number, count }: WorkerStart,
  make: (objective: NamedOptions) => Objective,
): Duties {
  const parameters = model.parameters();
  const { floats, statistics, counters } = variablesByKind(model, parameters);
  let objective: Objective | undefined;
  let gradients = new Float32Array();
  let loaded: number | undefined;
  const parts = new Map<number, Crafted>();

  const begin = () => {
    if (!objective) throw new Error('internal: the worker has no objective yet');
    return { model, parameters, objective };
  };
  const take = ({ values, version, counters: counts }: SharedModel) => {
    // The statistics each time: the pass before has moved them.
    if (version === loaded) assignValues(statistics, values.subarray(values.length - sizeOf(statistics)));
    else assignValues(floats, values);
    loaded = version;
    assignCounts(counters, counts);
  };
  const partAt = (place: number): Crafted => {
    current = place;
    const part = parts.get(place);
    if (!part) throw new Error('internal: the part is not here');
    return part;
  };
  const release = () => {
    for (const each of parts.values()) each.dispose();
    parts.clear();
  };

  return {
    async prepare(request) {
      objective = make(request.objective);
      gradients = request.gradient as Float32Array<ArrayBuffer>;
      loaded = undefined;
      return { name: objective.name, options: objective.options };
    },

    async craft(request, signal) {
      release();
      const trainer = begin();
      take(request.model);
      for (const { place, part, perturbation } of ownParts(request.batch, number, count, signal)) {
        current = place;
        parts.set(place, await craft(model, trainer.objective, part, perturbation));
      }
      const counts = await countsOf(counters);
      if (counts.some((each, i) => each !== request.model.counters[i])) {
        throw said(
          new Error(`${trainer.objective.name} crafts in a mode that layers count, which workers cannot repeat`),
        );
      }
      return null;
    },

    async pass({ part: place, kind, model: values }) {
      const part = partAt(place);
      take(values);
      const trainer = begin();
      const recorded = recordChanges(statistics, () => partPass(trainer, part, kind));
      const { loss, correct, gradients: found, advanced, check } = recorded.result;
      try {
        const read = recorded
          .readIn(loss)
          .map((each) => model.buffers().find(({ variable }) => variable === each)?.name);
        if (read.length > 0) {
          const why = 'would depend on the parts before, which workers do not wait for';
          throw said(new Error(`a pass that both uses and moves the running ${read.join(', ')} ${why}`));
        }
        await check();
        const ofEach = parameters.map(({ variable }) => found[variable.name]);
        await putValues(
          gradients,
          ofEach,
          parameters.map(({ variable }) => variable),
        );
        const [[lossValue], [right]] = await Promise.all([loss.data(), correct.data()]);
        return {
          loss: lossValue,
          correct: right,
          present: ofEach.map((each) => each !== undefined),
          changes: await recorded.changes(),
          counters: await countsOf(counters),
          ...(advanced && { advanced: await advanced.data<'float32'>() }),
        };
      } finally {
        recorded.dispose();
        for (const each of [loss, correct, advanced, ...Object.values(found)]) each?.dispose();
      }
    },

    adversarial: async ({ part }) => partAt(part).adversarial.data<'float32'>(),

    async release() {
      release();
      return null;
    },
  };
}

interface OwnPart {
  place: number;
  part: Part;
  perturbation?: Tensor4D;
}

/** The parts of a batch that fall to a worker, in memory of its own. */
function* ownParts(
  { x, shape, y, index, target, perturbation, seed, microBatch }: SharedBatch,
  number: number,
  count: number,
  signal: AbortSignal,
): Generator<OwnPart> {
  const batch = { x, shape, y, index, ...(target && { target }) };
  const width = x.length / shape[0];
  let from = 0;
  for (const [place, { batch: part, run }] of partsOf(batch, { seed, index, signal }, microBatch).entries()) {
    const size = part.x.length;
    const rows = perturbation?.slice(from, from + size);
    from += size;
    if (place % count !== number) continue;
    const copied = {
      ...part,
      x: part.x.slice(),
      y: part.y.slice(),
      ...(part.target && { target: part.target.slice() }),
    };
    const [, ...item] = shape;
    yield {
      place,
      part: { batch: copied, run: { ...run, index: run.index.slice() } },
      ...(rows && { perturbation: tensor4d(rows, [size / width, ...item]) }),
    };
  }
}
