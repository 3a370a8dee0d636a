import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { ensureGradients, isUserError, lookUp, type Objective, said, show, type Trainable } from '@agoge/core';
import { getBackend, type Tensor4D, tensor4d, version_core } from '@tensorflow/tfjs-core';
import { type Crafted, craft } from '../crafted';
import { partsOf } from '../parts';
import { objectives } from '../registry';
import { partPass } from '../step-parts';
import { recordChanges } from './recorded-changes';
import { assignCounts, assignValues, countsOf, formOf, putValues, variablesByKind } from './shared-values';
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
type Making = (options: never) => Objective;

/** What a worker does, one request after another. */
type Worker = { [K in RequestKind]: (request: Requests[K]) => Promise<Replies[K]> };

/** Which part of the batch is being worked on. */
let current: number | undefined;
let crafting: AbortController | undefined;

if (parentPort) await serve(parentPort, workerData);

/** Builds the model and answers requests in their order; an abort is heeded at once. */
async function serve(port: MessagePort, start: WorkerStart): Promise<void> {
  const send = (message: FromWorker) => port.postMessage(message);
  try {
    const module = await load(start.module);
    const model = (await makerOf(module, start, start.export)(start.options)) as Trainable;
    if (typeof model?.forward !== 'function' || typeof model.buffers !== 'function') {
      const wanted = 'must give a Trainable, such as fromLayersModel gives';
      throw said(new TypeError(`${start.export} of ${start.module} ${wanted}, gave ${show(model)}`));
    }
    await ensureGradients();
    const worker = workerOf(model, start, (options) => {
      const { objective } = start;
      if (objective !== null) return makerOf(module, start, objective)(options.options) as Objective;
      const make: Making = lookUp('registry', 'objective', options.name, objectives as Record<string, Making>);
      return make(options.options as never);
    });
    let last: Promise<unknown> = Promise.resolve();
    port.on('message', (message: ToWorker) => {
      if (message.kind === 'abort') return crafting?.abort();
      const { kind, request } = message;
      last = last
        .then(() => {
          current = undefined;
          return (worker[kind] as (request: Requests[RequestKind]) => Promise<Replies[RequestKind]>)(request);
        })
        .then((reply) => send({ reply }), (error) => send(asSent(error)));
    });
    send({ ready: { ...formOf(model), backend: getBackend(), version: version_core } });
  } catch (error) {
    send(asSent(error));
  }
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

function makerOf(module: Record<string, unknown>, start: WorkerStart, name: string): Maker {
  const made = module[name];
  if (typeof made === 'function') return made as Maker;
  const has = Object.keys(module).join(', ') || 'nothing';
  throw said(new TypeError(`module ${start.module} must export a function ${show(name)}, it exports ${has}`));
}

function workerOf(
  model: Trainable,
  { number, count }: WorkerStart,
  make: (objective: NamedOptions) => Objective,
): Worker {
  const parameters = model.parameters();
  const { floats, statistics, counters } = variablesByKind(model, parameters);
  let objective: Objective | undefined;
  let gradients = new Float32Array();
  let loaded = -1;
  let parts = new Map<number, Crafted>();

  const load = ({ values, version, counters: counts }: SharedModel) => {
    // The statistics each time: the pass before has moved them.
    if (version === loaded) assignValues(statistics, values.subarray(values.length - sizesOf(statistics)));
    else assignValues(floats, values);
    loaded = version;
    assignCounts(counters, counts);
  };
  const partAt = (part: number): Crafted => {
    current = part;
    const crafted = parts.get(part);
    if (!crafted) throw new Error(`internal: part ${part} was not crafted here`);
    return crafted;
  };
  const release = () => {
    for (const each of parts.values()) each.dispose();
    parts = new Map();
  };

  return {
    async prepare({ objective: wanted, gradient }) {
      objective = make(wanted);
      gradients = gradient;
      loaded = -1;
      return { name: objective.name, options: objective.options };
    },
  };
}
