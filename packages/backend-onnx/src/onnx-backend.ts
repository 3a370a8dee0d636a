import {
  type BackendValues,
  type DataType,
  KernelBackend,
  type NamedAttrMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type Compiled, compile, type Laying } from './compile';
import { Data } from './data';
import { spreadGradients } from './gradients';
import { LeastRecentlyUsed } from './least-recently-used';
import { elementType, type LoweredKernel } from './lowered-kernel';
import { currentOptions, type OnnxOptions } from './options';
import { type Pending, prune, type Recorded } from './recorder';
import { type Runtime, type RuntimeSession, type RuntimeTensor, runtimeVersion } from './runtime';
import { startRuntime } from './start-runtime';

/** The most kernels that wait: a program that never reads runs them then. */
const mostPending = 4096;

interface Ready extends Omit<Compiled, 'model' | 'layings'> {
  readonly session: RuntimeSession;
}

export interface OnnxReport {
  /** Version of onnxruntime-node. */
  runtime: string;
  /** Threads of one operator. */
  threads: number;
  /** Execution providers, the first that can runs an operator. */
  providers: readonly string[];
  /** Graphs compiled. */
  compiled: number;
  /** Of them, those that are kept. */
  kept: number;
  /** Graphs run. */
  runs: number;
  /** Milliseconds inside ONNX Runtime and the lowering for it, when graphs were compiled. */
  compileMs: number;
  /** Milliseconds inside ONNX Runtime when they were run. */
  runMs: number;
  /** Kernels that wait to be run. */
  pending: number;
  /** Calls that ran on the cpu backend's kernel, by kernel. */
  fallbacks: Record<string, number>;
}

/** A backend of TensorFlow.js that records kernels and runs them as one ONNX model when a value is read. */
export class OnnxBackend extends KernelBackend {
  /** Of the ids that other backends gave; data made here is its own id. */
  private readonly moved = new WeakMap<object, Data>();
  private count = 0;
  private pending: Recorded[] = [];
  private sessions: LeastRecentlyUsed<Ready>;
  /** Of graphs whose leaves are laid in other orders first: in which. */
  private readonly layings: LeastRecentlyUsed<readonly Laying[]>;
  private runtime: Runtime;
  /** See {@link OnnxReport}. */
  readonly fallbacks = new Map<string, number>();
  /** Told of each such call with its milliseconds, while a profile is made. */
  onFallback: ((kernel: string, ms: number) => void) | undefined;
  private compiled = 0;
  private runs = 0;
  private compileMs = 0;
  private runMs = 0;
  /** Each shape is a graph of its own: what core's `BackendHooks` asks. */
  readonly compiles = true;

  constructor(private options: OnnxOptions = currentOptions()) {
    super();
    this.runtime = startRuntime(options);
    this.sessions = this.noSessions();
    this.layings = new LeastRecentlyUsed(options.cacheSize);
    spreadGradients();
  }

  // --- data ---------------------------------------------------------------------------------------

  override write(values: BackendValues, shape: number[], dtype: DataType): object {
    return this.hold(written(values, shape, dtype));
  }

  override move(dataId: object, values: BackendValues, shape: number[], dtype: DataType, refCount: number): void {
    const data = this.hold(written(values, shape, dtype));
    data.refCount = refCount;
    this.moved.set(dataId, data);
  }

  private hold(data: Data): Data {
    this.count++;
    return data;
  }

  private find(dataId: object): Data | undefined {
    const data = dataId instanceof Data && dataId.refCount > 0 ? dataId : this.moved.get(dataId);
    return data && data.refCount > 0 ? data : undefined;
  }

  data(dataId: object): Data {
    const data = this.find(dataId);
    if (!data) throw new Error('onnx: this tensor was made by another backend, or is disposed');
    return data;
  }

  override readSync(dataId: object): BackendValues {
    const data = this.data(dataId);
    if (data.source) this.run();
    if (data.failure) throw data.failure;
    return data.read();
  }

  override async read(dataId: object): Promise<BackendValues> {
    return this.readSync(dataId);
  }

  override numDataIds(): number {
    return this.count;
  }

  override refCount(dataId: object): number {
    return this.find(dataId)?.refCount ?? 0;
  }

  override incRef(dataId: object): void {
    this.data(dataId).refCount++;
  }

  override disposeData(dataId: object, force = false): boolean {
    const data = this.find(dataId);
    if (!data) return true;
    data.refCount--;
    if (!force && data.refCount > 0) return false;
    data.refCount = 0;
    // A kernel that is recorded may still need the values.
    this.moved.delete(dataId);
    this.count--;
    return true;
  }

  override memory() {
    return { unreliable: false };
  }
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  override epsilon(): number {
    return 1e-7;
  }
  override timerAvailable(): boolean {
    return true;
  }
  override async time(body: () => void): Promise<{ kernelMs: number }> {
    this.run();
    const start = performance.now();
    body();
    this.run();
    return { kernelMs: performance.now() - start };
  }
  override dispose(): void {
    this.sessions.clear();
    this.pending = [];
  }

  // --- recording ----------------------------------------------------------------------------------

  record(
    lowered: LoweredKernel,
    inputs: Record<string, TensorInfo>,
    attributes: NamedAttrMap,
  ): TensorInfo | TensorInfo[] {
    const inferred = lowered.infer(inputs, attributes);
    const specs = [inferred].flat();
    const operands = Object.entries(inputs).map(([name, info]) => ({
      name,
      data: this.data(info.dataId),
      shape: info.shape,
    }));
    const results = specs.map(({ shape, dtype }) => new Data(shape, dtype));
    const recorded: Recorded = { lowered, operands, attributes, results, specs };
    this.pending.push(recorded);
    const infos = results.map((data, i) => {
      data.source = recorded;
      return { dataId: this.hold(data), ...specs[i] };
    });
    if (this.pending.length >= mostPending) this.run();
    return Array.isArray(inferred) ? infos : infos[0];
  }

  /** Goes on with other options, or as before where they cannot be had; graphs are compiled anew. */
  configure(options: OnnxOptions): void {
    this.run();
    this.runtime = startRuntime(options);
    this.options = options;
    this.sessions.clear();
    this.sessions = this.noSessions();
  }

  /** What the backend has done since it started. */
  report(): OnnxReport {
    const { threads, providers } = this.options;
    return {
      runtime: runtimeVersion,
      threads,
      providers,
      compiled: this.compiled,
      kept: this.sessions.size,
      runs: this.runs,
      compileMs: this.compileMs,
      runMs: this.runMs,
      pending: this.pending.length,
      fallbacks: Object.fromEntries(this.fallbacks),
    };
  }

  // --- running ------------------------------------------------------------------------------------

  /** Runs what waits. */
  async flush(): Promise<void> {
    this.run();
  }

  freeze(tensors: readonly TensorInfo[]): () => void {
    this.run();
    const held = tensors.map(({ dataId }) => this.data(dataId)).filter(({ dtype }) => elementType(dtype));
    for (const data of held) data.frozen++;
    let frozen = true;
    return () => {
      if (!frozen) return;
      frozen = false;
      this.run();
      for (const data of held) data.frozen--;
    };
  }

  run(): void {
    if (this.pending.length === 0) return;
    spreadGradients();
    const recorded = this.pending;
    this.pending = [];
    const graph = prune(recorded);
    const { wanted } = graph;
    if (wanted.length === 0) return;
    try {
      const { leaves, ready } = this.prepare(graph, recorded);
      const feeds: Record<string, RuntimeTensor> = {};
      for (const { leaf, name, type } of ready.inputs) {
        feeds[name] = leaves[leaf].feed((values, shape) => this.runtime.tensor(type, values, shape));
      }
      const fetches = Object.fromEntries(ready.outputs.map(({ name }) => [name, null]));
      const start = performance.now();
      const results = ready.session.run(feeds, fetches, {});
      this.runMs += performance.now() - start;
      this.runs++;
      wanted.forEach((data, i) => {
        const { name, order } = ready.outputs[i];
        data.settle(results[name].data as BackendValues, order, this.runtime.block);
      });
    } catch (cause) {
      const failure = cause instanceof Error ? cause : new Error(String(cause));
      for (const data of wanted) {
        data.failure = failure;
        data.source = undefined;
      }
      throw failure;
    }
  }

  /** Runs a body on another runtime, on graphs that are compiled for it and not kept. */
  async runOn<T>(start: (options: OnnxOptions) => Runtime, body: () => T | Promise<T>): Promise<T> {
    this.run();
    const before = { runtime: this.runtime, sessions: this.sessions };
    this.runtime = start(this.options);
    this.sessions = this.noSessions();
    try {
      return await body();
    } finally {
      this.sessions.clear();
      Object.assign(this, before);
    }
  }

  /** What a graph takes from outside, and its session: compiled where there is none. */
  private prepare(graph: Pending, recorded: readonly Recorded[]): { leaves: readonly Data[]; ready: Ready } {
    const { signature, leaves } = graph;
    const before = this.sessions.get(signature);
    if (before) return { leaves, ready: before };
    let layings = this.layings.get(signature);
    if (!layings) {
      const start = performance.now();
      // Without the model, which holds the constants a second time.
      const { model, layings: better, ...compiled } = compile(graph, this.runtime.block);
      if (better.length === 0) {
        const ready = { ...compiled, session: this.runtime.session(model, kernelsOf(graph)) };
        this.compileMs += performance.now() - start;
        this.compiled++;
        this.sessions.set(signature, ready);
        return { leaves, ready };
      }
      layings = better;
      this.layings.set(signature, layings);
    }
    for (const { leaf, order } of layings) leaves[leaf].lay(order, this.runtime.block);
    return this.prepare(prune(recorded), recorded);
  }

  private noSessions(): LeastRecentlyUsed<Ready> {
    return new LeastRecentlyUsed(this.options.cacheSize, ({ session }) => session.dispose());
  }
}

const kernelsOf = ({ kernels }: Pending): string[] => kernels.map(({ lowered }) => lowered.kernel);

/** A copy: what is recorded runs later, when the caller may have written something else there. */
function written(values: BackendValues, shape: readonly number[], dtype: DataType): Data {
  const given = values ?? undefined;
  return new Data(shape, dtype, given && (copied(given, dtype) as BackendValues));
}

function copied(values: BackendValues, dtype: DataType): unknown {
  if (dtype === 'string' || dtype === 'complex64') return values;
  if (dtype === 'bool') return Uint8Array.from(values as Uint8Array);
  if (dtype === 'int32') return Int32Array.from(values as Int32Array);
  return values instanceof Float32Array ? values.slice() : Float32Array.from(values as ArrayLike<number>);
}
