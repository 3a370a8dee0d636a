const marker = Symbol.for('@agoge/error');

/** Marks an error as one that speaks to the user: a command prints its message alone and exits with 2. */
export function said<E extends Error>(error: E): E {
  return Object.defineProperty(error, marker, { value: true });
}

/** Whether an error was raised on purpose by Agoge about what the user gave, whichever copy of this package made it. */
export function isUserError(error: unknown): error is Error {
  return error instanceof Error && marker in error;
}

/** The message of every refused value: `pgd: eps must be a finite number >= 0, got -0.3`. */
export function refusal(who: string, what: string, expected: string, value: unknown): string {
  return `${who}: ${what} must be ${expected}, got ${show(value)}`;
}

/** A count in words: `1 thread`, `2 threads`. */
export const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** A value as an error message shows it: short, on one line. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.length > 8 ? `an array of ${value.length}` : `[${value.map(show).join(', ')}]`;
  return `a value of type ${value.constructor?.name ?? 'object'}`;
}

/** A tensor or array has another shape than is needed. `expected` uses names for free dimensions: `[n, height, width, channels]`. */
export class ShapeError extends Error {
  override name = 'ShapeError';
  constructor(
    who: string,
    what: string,
    readonly expected: string,
    readonly actual: readonly number[],
  ) {
    super(`${who}: ${what} must have shape ${expected}, got [${actual.join(', ')}]`);
    said(this);
  }
}

/** Bytes that are not what their format says: a damaged or hostile file, a checkpoint cut short. */
export class FormatError extends Error {
  override name = 'FormatError';
  constructor(who: string, what: string) {
    super(`${who}: ${what}`);
    said(this);
  }
}

/** A model that does not behave as a classifier: NaN logits, probabilities for logits, another number of classes. */
export class ModelError extends Error {
  override name = 'ModelError';
  constructor(who: string, what: string) {
    super(`${who}: ${what}`);
    said(this);
  }
}

/** A backend that is unknown, cannot start, or lacks what a computation needs. */
export class BackendError extends Error {
  override name = 'BackendError';
  constructor(who: string, what: string, options?: ErrorOptions) {
    super(`${who}: ${what}`, options);
    said(this);
  }
}
