/** How the backend runs; see {@link configureOnnx}. */
export interface OnnxOptions {
  /** Threads of one operator; 0 leaves the number to ONNX Runtime: as many as there are physical cores. Default 0. */
  threads: number;
  /**
   * Execution providers of ONNX Runtime, the first that can run an operator runs it: `cpu`; `cuda`, `webgpu`, `coreml`, `dml`
   * where the runtime has them. Default `['cpu']`.
   */
  providers: readonly string[];
  /** How many compiled graphs are kept, the least recently used goes first. Default 64. */
  cacheSize: number;
  /** Told of each model that is compiled, as bytes of an .onnx file. */
  onModel?(model: Uint8Array): void;
  /** Start of the names of ONNX Runtime's profile files, one for each graph, written when the backend is removed. */
  profile?: string;
}

let options: OnnxOptions = { threads: 0, providers: ['cpu'], cacheSize: 64 };

/**
 * Sets how the onnx backend runs. Call it before the backend starts: `setBackend('onnx')` makes it with what is set then.
 *
 * @throws TypeError for an unknown option or one of the wrong kind, RangeError for a number out of range
 * @example
 * configureOnnx({ threads: 2 });
 * await setBackend('onnx');
 */
export function configureOnnx(changed: Partial<OnnxOptions>): void {
  for (const [name, value] of Object.entries(changed)) {
    const rule = rules[name as keyof OnnxOptions];
    if (!rule)
      throw new TypeError(`configureOnnx: unknown option "${name}"; there are ${Object.keys(rules).join(', ')}`);
    if (!rule.test(value)) {
      const Kind = rule.range && typeof value === 'number' ? RangeError : TypeError;
      throw new Kind(`configureOnnx: ${name} must be ${rule.expected}, got ${String(value)}`);
    }
  }
  options = { ...options, ...changed };
}

export const currentOptions = (): OnnxOptions => options;

const whole = (least: number) => ({
  expected: `a whole number >= ${least}`,
  test: (value: unknown) => Number.isInteger(value) && (value as number) >= least,
  range: true,
});
const rules: Record<keyof OnnxOptions, { expected: string; test(value: unknown): boolean; range?: boolean }> = {
  threads: whole(0),
  cacheSize: whole(1),
  providers: {
    expected: 'a list of names of execution providers',
    test: (value) => Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string'),
  },
  onModel: { expected: 'a function', test: (value) => typeof value === 'function' },
  profile: { expected: 'the start of a path', test: (value) => typeof value === 'string' },
};
