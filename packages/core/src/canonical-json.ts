import { refusal, said } from './errors';

const maxDepth = 1000;

/**
 * One text for one JSON value: keys sorted by UTF-16 code unit, no spaces, numbers and strings as `JSON.stringify`.
 *
 * What JSON cannot say is refused, not dropped: two values with one text are equal, so a {@link sha256} of the text names
 * the value. Only plain objects and arrays are taken (no class instance, typed array, Date or Map; `toJSON` is not called).
 *
 * Throws a `TypeError` (a `RangeError` for NaN and infinities, cycles, and more than 1000 levels) that names the path, as
 * in `canonicalJson: value.attacks[0].eps must be a finite number, got NaN`.
 *
 * @example
 * canonicalJson({ b: [1, 0.5], a: null }); // '{"a":null,"b":[1,0.5]}'
 */
export function canonicalJson(value: unknown): string {
  const ancestors = new Set<object>();

  function write(each: unknown, path: string): string {
    if (each === null || typeof each === 'boolean' || typeof each === 'string') return JSON.stringify(each);
    if (typeof each === 'number') {
      if (Number.isFinite(each)) return JSON.stringify(each);
      throw said(new RangeError(refusal('canonicalJson', path, 'a finite number', each)));
    }
    if (typeof each !== 'object' || !(Array.isArray(each) || isPlain(each))) {
      throw said(new TypeError(refusal('canonicalJson', path, 'a JSON value', each)));
    }
    if (ancestors.has(each)) throw said(new RangeError(`canonicalJson: ${path} must not contain itself`));
    if (ancestors.size === maxDepth) throw said(new RangeError(`canonicalJson: value is over ${maxDepth} levels deep`));
    ancestors.add(each);
    const text = Array.isArray(each)
      ? `[${Array.from(each, (element, i) => write(element, `${path}[${i}]`)).join(',')}]`
      : `{${Object.keys(each)
          .sort()
          .map((key) => `${JSON.stringify(key)}:${write((each as Record<string, unknown>)[key], join(path, key))}`)
          .join(',')}}`;
    ancestors.delete(each);
    return text;
  }

  return write(value, 'value');
}

/** Whether nothing but `Object.prototype`, of whichever realm, stands above an object. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function join(path: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

/**
 * SHA-256 (FIPS 180-4) of bytes, or of a string as UTF-8, as 64 lower-case hexadecimal digits.
 *
 * Uses `crypto.subtle`, which browsers give to pages on https and localhost only; throws an `Error` that says so elsewhere.
 *
 * @example
 * await sha256(canonicalJson(options)); // the same for equal options
 */
export async function sha256(bytes: Uint8Array | string): Promise<string> {
  if (typeof bytes !== 'string' && !(bytes instanceof Uint8Array)) {
    throw said(new TypeError(refusal('sha256', 'bytes', 'a Uint8Array or a string', bytes)));
  }
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) {
    throw said(new Error('sha256: crypto.subtle is missing; browsers have it on https and localhost only'));
  }
  const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : (bytes as Uint8Array<ArrayBuffer>);
  const digest = new Uint8Array(await subtle.digest('SHA-256', data));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
