import type { BackendValues } from '@tensorflow/tfjs-core';
import { type Compiled, compile, type Laying } from './compile';
import type { Data } from './data';
import { fault } from './fault';
import { replaceGradients } from './gradients';
import { LeastRecentlyUsed } from './least-recently-used';
import type { OnnxOptions } from './options';
import { identity } from './order';
import { plainLeaves } from './plain-leaves';
import { alone, type Pending, prune, type Recorded } from './recorder';
import { type Runtime, type RuntimeSession, type RuntimeTensor, runtimeVersion } from './runtime';
import { startRuntime } from './start-runtime';

interface Ready extends Pick<Compiled, 'inputs' | 'outputs'> {
  readonly session: RuntimeSession;
  /** The data whose values the session holds. */
  readonly constants: readonly Data[];
  /** Drops it: no graph asks for it again once one of them is disposed of. */
  drop(): void;
  /** Of memory, about: what the process grew by while it was compiled and first run, results left out. */
  bytes: number;
  runs: number;
}

/** How leaves of a graph are laid so that the order in which earlier graphs left them does not show. */
interface Plain {
  /** The leaves. */
  readonly leaves: readonly number[];
  /** The signature of the graph whose leaves lie as if none had come before. */
  readonly started: string;
  /** What was known of that one's leaves. */
  readonly layings?: readonly Laying[];
  /** The signature of the graph once they are laid so. */
  readonly signature: string;
}

/** What a runtime has compiled, by the graph's signature. */
interface Kept {
  readonly runtime: Runtime;
  readonly sessions: LeastRecentlyUsed<Ready>;
  /** Of graphs whose leaves are laid in other orders first: in which. */
  readonly layings: LeastRecentlyUsed<readonly Laying[]>;
  /** Of graphs, what becomes of the leaves whose order would show in the results. */
  readonly plain: LeastRecentlyUsed<Plain>;
}

const nothingKept = (runtime: Runtime, { cacheSize, cacheBytes }: OnnxOptions): Kept => ({
  runtime,
  sessions: new LeastRecentlyUsed(cacheSize, disposeOf, ({ bytes }) => bytes, cacheBytes),
  layings: new LeastRecentlyUsed(cacheSize),
  plain: new LeastRecentlyUsed(cacheSize),
});

/** Runs recorded kernels as graphs, each compiled once and kept. */
export class Executor {
  private kept: Kept;
  private compiled = 0;
  private runs = 0;
  private compileMs = 0;
  private runMs = 0;

  constructor(private options: OnnxOptions) {
    this.kept = nothingKept(startRuntime(options), options);
  }

  /** Goes on with other options, or as before where they cannot be had; graphs are compiled anew. */
  configure(options: OnnxOptions): void {
    const kept = nothingKept(startRuntime(options), options);
    this.kept.sessions.clear();
    Object.assign(this, { kept, options });
  }

  /** What it has done since it started, and with what. */
  report() {
    const { options, kept, compiled, runs, compileMs, runMs } = this;
    const { threads, providers } = options;
    const { size, weight } = kept.sessions;
    const what = { runtime: runtimeVersion, threads, providers };
    return { ...what, compiled, kept: size, keptBytes: weight, runs, compileMs, runMs };
  }

  dispose(): void {
    this.kept.sessions.clear();
  }

  /** Runs a graph, and gives the first fault; what depends on one has it. */
  run(recorded: readonly Recorded[]): Error | undefined {
    replaceGradients();
    const graph = prune(recorded);
    if (graph.wanted.length === 0) return undefined;
    const [failed] = graph.leaves.flatMap(({ failure }) => failure ?? []);
    try {
      if (failed) throw failed;
      const { leaves, ready } = this.prepare(this.plainly(graph, recorded), recorded);
      this.execute(leaves, graph.wanted, ready);
      return undefined;
    } catch (cause) {
      return this.runApart(graph, failed ?? fault(cause));
    }
  }

  /** Runs a body on another runtime, on graphs that are compiled for it and not kept. */
  async runOn<T>(start: (options: OnnxOptions) => Runtime, body: () => T | Promise<T>): Promise<T> {
    const before = this.kept;
    this.kept = nothingKept(start(this.options), this.options);
    try {
      return await body();
    } finally {
      this.kept.sessions.clear();
      this.kept = before;
    }
  }

  /** Lays leaves whose order would show in the results as they would lie had no graph come before. */
  private plainly(graph: Pending, recorded: readonly Recorded[]): Pending {
    const { plain, layings } = this.kept;
    const known = plain.get(graph.signature);
    if (known && layings.get(known.started) === known.layings) {
      this.layPlain(graph, known);
      return { ...graph, signature: known.signature };
    }
    const leaves = known?.leaves ?? plainLeaves(graph);
    const first = new Set(leaves.map((leaf) => graph.leaves[leaf]));
    const asFirst = (data: Data) => (first.has(data) ? rowMajor(data) : data.order);
    const started = leaves.length ? prune(recorded, asFirst).signature : graph.signature;
    const found = { leaves, started, layings: layings.get(started) };
    this.layPlain(graph, found);
    const laid = leaves.length ? prune(recorded) : graph;
    plain.set(graph.signature, { ...found, signature: laid.signature });
    return laid;
  }

  private layPlain({ leaves }: Pending, { leaves: plain, layings = [] }: Omit<Plain, 'signature'>): void {
    for (const leaf of plain) {
      const order = layings.find((each) => each.leaf === leaf)?.order ?? rowMajor(leaves[leaf]);
      leaves[leaf].lay(order, this.kept.runtime.block);
    }
  }

  /** What a graph takes from outside, and its session: compiled where there is none. */
  private prepare(graph: Pending, recorded: readonly Recorded[]): { leaves: readonly Data[]; ready: Ready } {
    const { signature, leaves } = graph;
    const foreign = leaves.filter((leaf) => leaf.isForeign(this.kept.runtime.block));
    if (foreign.length > 0) {
      for (const leaf of foreign) leaf.straighten();
      return this.prepare(prune(recorded), recorded);
    }
    const before = this.kept.sessions.get(signature);
    if (before) return { leaves, ready: before };
    let layings = this.kept.layings.get(signature);
    if (!layings) {
      const start = performance.now();
      const compiled = compile(graph, this.kept.runtime.block);
      const { layings: better } = compiled;
      if (better.length === 0) {
        const { sessions } = this.kept;
        const ready = this.session(graph, compiled, () => sessions.delete(signature));
        this.compileMs += performance.now() - start;
        sessions.set(signature, ready);
        return { leaves, ready };
      }
      layings = better;
      this.kept.layings.set(signature, layings);
    }
    for (const { leaf, order } of layings) leaves[leaf].lay(order, this.kept.runtime.block);
    return this.prepare(prune(recorded), recorded);
  }

  /** @param drop what is called once the values of a constant are disposed of */
  private session(graph: Pending, { model, inputs, outputs }: Compiled, drop: () => void): Ready {
    const constants = graph.leaves.filter(({ frozen }) => frozen > 0);
    const before = process.memoryUsage.rss();
    const session = this.kept.runtime.session(model, kernelsOf(graph));
    // Without the model, which holds the constants a second time.
    const ready = { inputs, outputs, session, constants, drop, bytes: grown(before), runs: 0 };
    for (const data of constants) data.heldBy(drop);
    this.compiled++;
    return ready;
  }

  /** Runs kernel by kernel after a fault, so that only what depends on it is lost. */
  private runApart({ kernels, wanted }: Pending, whole: Error): Error {
    let first: Error | undefined;
    for (const each of kernels) {
      let [failure] = each.operands.flatMap(({ data }) => data.failure ?? []);
      try {
        if (!failure) this.runAlone(alone(each));
      } catch (cause) {
        failure = fault(cause, each.lowered.kernel);
      }
      if (failure) for (const data of each.results) data.fail(failure);
      first ??= failure;
    }
    // Together they failed, alone none did.
    if (!first) for (const data of wanted) data.fail(whole);
    return first ?? whole;
  }

  private runAlone(graph: Pending): void {
    const ready = this.session(graph, compile(graph, this.kept.runtime.block), () => undefined);
    try {
      this.execute(graph.leaves, graph.wanted, ready);
    } finally {
      disposeOf(ready);
    }
  }

  private execute(leaves: readonly Data[], wanted: readonly Data[], ready: Ready): void {
    const { inputs, outputs, session } = ready;
    const feeds: Record<string, RuntimeTensor> = {};
    for (const { leaf, name, type } of inputs) {
      feeds[name] = leaves[leaf].feed((values, shape) => this.kept.runtime.tensor(type, values, shape));
    }
    const fetches = Object.fromEntries(outputs.map(({ name }) => [name, null]));
    const before = ready.runs++ === 0 ? process.memoryUsage.rss() : undefined;
    const start = performance.now();
    const results = session.run(feeds, fetches, {});
    this.runMs += performance.now() - start;
    this.runs++;
    if (before !== undefined) {
      const made = outputs.reduce((sum, { name }) => sum + results[name].data.byteLength, 0);
      ready.bytes += Math.max(0, grown(before) - made);
      this.kept.sessions.trim();
    }
    wanted.forEach((data, i) => {
      data.settle(results[outputs[i].name].data as BackendValues, outputs[i].order, this.kept.runtime.block);
    });
    for (const leaf of leaves) if (leaf.refCount === 0) leaf.dropConstants();
  }
}

const rowMajor = ({ shape }: Data) => identity(shape.length);

const grown = (before: number): number => Math.max(0, process.memoryUsage.rss() - before);

function disposeOf({ session, constants, drop }: Ready): void {
  for (const data of constants) data.notHeldBy(drop);
  session.dispose();
}

const kernelsOf = ({ kernels }: Pending): string[] => kernels.map(({ lowered }) => lowered.kernel);
