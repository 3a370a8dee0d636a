import {
  type BackendValues,
  type DataType,
  engine,
  KernelBackend,
  type NamedAttrMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { Data } from './data';
import { Executor } from './executor';
import { replaceGradients } from './gradients';
import { elementType, type LoweredKernel } from './lowered-kernel';
import { size } from './lowering';
import { currentOptions, type OnnxOptions } from './options';
import type { Operand, Recorded } from './recorder';
import type { Runtime } from './runtime';

/** The most kernels that wait: a program that never reads runs them then. */
const mostPending = 4096;
/** From so many on, they run when a program has disposed of something outside `tidy`, as it does at the end of a step. */
const enoughPending = 512;
/** The most bytes of constants that a model holds beside its graph: protocol buffers end at 2 GB. */
const mostConstants = 2 ** 31 - 2 ** 27;
/** The most bytes of disposed data that kernels which wait hold on to. */
const mostHeld = 2 ** 29;

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
  /** Bytes that those hold, about: what the process grew by when they were compiled and first run. */
  keptBytes: number;
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
  /** Whether they run before another is recorded. */
  private due = false;
  /** Data that is disposed of and may yet be needed, and its bytes. */
  private disposed: Data[] = [];
  private held = 0;
  private readonly executor: Executor;
  /** See {@link OnnxReport}. */
  readonly fallbacks = new Map<string, number>();
  /** Told of each such call with its milliseconds, while a profile is made. */
  onFallback: ((kernel: string, ms: number) => void) | undefined;
  /** Each shape is a graph of its own: what core's `BackendHooks` asks. */
  readonly compiles = true;

  constructor(options: OnnxOptions = currentOptions()) {
    super();
    this.executor = new Executor(options);
    replaceGradients();
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
    const held = this.find(dataId);
    if (held) return held;
    if (!engine().state.tensorInfo.has(dataId)) throw new Error('onnx: this tensor is disposed of');
    // Another backend has it.
    engine().moveData(this, dataId);
    return this.find(dataId) as Data;
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
    this.moved.delete(dataId);
    this.count--;
    data.dropConstants();
    // Its id may outlive it, and a kernel that is recorded may still need the values.
    if (this.pending.length === 0) data.release();
    else this.disposed.push(data);
    if (this.pending.length > 0 && ArrayBuffer.isView(data.values)) this.held += data.values.byteLength;
    if (this.held > mostHeld || (this.pending.length >= enoughPending && !engine().state.activeScope)) this.due = true;
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
    this.executor.dispose();
    const failure = new Error('onnx: the backend was removed before this was computed');
    for (const { results } of this.pending) for (const data of results) data.fail(failure);
    this.pending = [];
  }

  // --- recording ----------------------------------------------------------------------------------

  record(
    lowered: LoweredKernel,
    inputs: Record<string, TensorInfo>,
    attributes: NamedAttrMap,
  ): TensorInfo | TensorInfo[] {
    if (this.due) this.run();
    const inferred = lowered.infer(inputs, attributes);
    const specs = [inferred].flat();
    const operands: Operand[] = [];
    for (const name in inputs) {
      const { dataId, shape } = inputs[name];
      operands.push({ name, data: this.data(dataId), shape });
    }
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
    this.executor.configure(options);
  }

  /** Runs a body on another runtime, on graphs that are compiled for it and not kept. */
  async runOn<T>(start: (options: OnnxOptions) => Runtime, body: () => T | Promise<T>): Promise<T> {
    this.run();
    return this.executor.runOn(start, body);
  }

  /** What the backend has done since it started. */
  report(): OnnxReport {
    return {
      ...this.executor.report(),
      pending: this.pending.length,
      fallbacks: Object.fromEntries(this.fallbacks),
    };
  }

  // --- running ------------------------------------------------------------------------------------

  /** Runs what waits; throws what went wrong, which a read of what depends on it would tell again. */
  async flush(): Promise<void> {
    const failure = this.run();
    if (failure) throw failure;
  }

  /**
   * Makes values constants of the graphs that are compiled until what is returned is called. More than a model can hold stay
   * what they were, inputs: the same numbers but for their last bits, in more time.
   *
   * @param most the bytes that a model can hold
   */
  freeze(tensors: readonly TensorInfo[], most = mostConstants): () => void {
    this.run();
    const held = tensors.map(({ dataId }) => this.data(dataId)).filter(({ dtype }) => elementType(dtype));
    if (held.reduce((bytes, { shape }) => bytes + 4 * size(shape), 0) > most) return () => undefined;
    for (const data of held) data.frozen++;
    let frozen = true;
    return () => {
      if (!frozen) return;
      frozen = false;
      this.run();
      for (const data of held) data.frozen--;
    };
  }

  /** Runs what waits, and gives the first fault; what depends on one tells it when it is read. */
  private run(): Error | undefined {
    if (this.pending.length === 0) return undefined;
    const { pending, disposed } = this;
    Object.assign(this, { pending: [], disposed: [], due: false, held: 0 });
    try {
      return this.executor.run(pending);
    } finally {
      for (const data of disposed) data.release();
    }
  }
}

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
