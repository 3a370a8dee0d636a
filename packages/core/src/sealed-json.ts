import { canonicalJson, sha256 } from './canonical-json';
import { FormatError, show } from './errors';
import { object } from './options';
import { parseJson } from './parse-json';

/**
 * A JSON object as a file that tells when it was damaged: with a key `checksum`, the SHA-256 of its canonical text.
 *
 * @param record with a `schema` that says what it is
 * @throws as {@link canonicalJson}
 */
export async function sealJson(
  record: { readonly schema: string } & Readonly<Record<string, unknown>>,
): Promise<Uint8Array> {
  const checksum = await sha256(canonicalJson(record));
  return new TextEncoder().encode(`${JSON.stringify({ ...record, checksum }, null, 2)}\n`);
}

/**
 * Reads what {@link sealJson} wrote.
 *
 * @param what is read, for messages: `train: checkpoint "run"`
 * @returns the object less its checksum; what is in it is still to be checked
 * @throws FormatError for what is no JSON, has another schema, or is damaged
 */
export async function openSealedJson(
  what: string,
  schema: string,
  bytes: Uint8Array,
): Promise<Record<string, unknown>> {
  const value = parseJson(what, new TextDecoder().decode(bytes));
  if (object.test(value) !== 'ok') throw new FormatError(what, 'is no JSON object');
  const { checksum, ...record } = value as Record<string, unknown>;
  if (record.schema !== schema) {
    throw new FormatError(what, `schema must be ${show(schema)}, got ${show(record.schema)}`);
  }
  if ((await sha256(canonicalJson(record))) !== checksum) {
    throw new FormatError(what, 'is damaged: its checksum is another');
  }
  return record;
}

/** Says where two JSON values differ: `batchSize was 64, is 32`. Nothing where they are equal. */
export function differences(was: unknown, is: unknown, path = ''): string[] {
  const [before, now] = [was, is].map((each) =>
    object.test(each) === 'ok' ? (each as Record<string, unknown>) : undefined,
  );
  if (before && now) {
    return [...new Set([...Object.keys(before), ...Object.keys(now)])].flatMap((key) =>
      differences(own(before, key), own(now, key), path === '' ? key : `${path}.${key}`),
    );
  }
  return before === undefined && now === undefined && was === is ? [] : [`${path} was ${say(was)}, is ${say(is)}`];
}

const own = (value: Record<string, unknown>, key: string) => (Object.hasOwn(value, key) ? value[key] : undefined);
const say = (value: unknown) => (value === undefined ? 'absent' : object.test(value) === 'ok' ? 'there' : show(value));
