import {
  arrayOf,
  boolean,
  checkOptions,
  FormatError,
  integer,
  isUserError,
  nullable,
  number,
  parseJson,
  type Rule,
  type Rules,
  readSafetensors,
  required,
  type SafetensorsEntry,
  sha256,
  string,
  toTypedArray,
  writeSafetensors,
} from '@agoge/core';
import type { Block } from './block';

const count = required(integer({ min: 0 }));
const recordRules: Rules = {
  index: count,
  label: count,
  prediction: count,
  correct: required(boolean),
  brokenBy: required(nullable(string)),
  adversarialPrediction: count,
  cleanMargin: required(number()),
  distance: required(nullable(number({ min: 0 }))),
  margin: required(number()),
  loss: required(number()),
  forwards: count,
  backwards: count,
};
const summaryRules: Rules = {
  attempted: count,
  broken: count,
  newlyBroken: count,
  unique: required(nullable(integer({ min: 0 }))),
  refuted: count,
  outside: count,
  forwards: count,
  backwards: count,
  zeroGradients: count,
  seconds: required(number({ min: 0 })),
};
const list = (rules: Rules): Rule => ({
  expected: 'an array of objects',
  test(value) {
    if (!Array.isArray(value)) return 'kind';
    for (const each of value) checkOptions('', each, rules);
    return 'ok';
  },
});
const blockRules: Rules = {
  done: count,
  shape: required(arrayOf(integer({ min: 1 }), 4)),
  records: required(list(recordRules)),
  attacks: required(list(summaryRules)),
  breakers: required(arrayOf(arrayOf(integer({ min: 0 })))),
};

type BlockJson = Pick<Block, 'done' | 'shape' | 'records' | 'attacks' | 'breakers'>;

/**
 * A block as a safetensors file. Its metadata hold the records, and the SHA-256 of the file without that.
 *
 * Tensors, as far as there is anything in them: `clean` and `strongest` of the images that are kept; of all images where they
 * are published, `adversarial` (float32, or uint8 with `survived`), `index`, `label` and `broken`.
 *
 * @param seal of the run that it is of
 * @param published whether the block is done and its images are saved
 */
export async function writeBlock(block: Block, seal: string, published: boolean): Promise<Uint8Array> {
  const { done, shape, records, attacks, breakers } = block;
  const metadata = { seal, block: JSON.stringify({ done, shape, records, attacks, breakers } satisfies BlockJson) };
  const tensors = tensorsOf(block, published);
  const checksum = await sha256(writeSafetensors(tensors, metadata));
  return writeSafetensors(tensors, { ...metadata, checksum });
}

type Dtype = SafetensorsEntry['dtype'];

function tensorsOf({ shape: [n, ...item], records, clean, strongest, quantised }: Block, published: boolean) {
  const length = item.reduce((product, each) => product * each, 1);
  const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
    new Uint8Array(buffer, byteOffset, byteLength);
  const images = (dtype: Dtype, pixels: Float32Array | Uint8Array): SafetensorsEntry => ({
    ...{ dtype, shape: [pixels.length / length, ...item] },
    data: bytesOf(pixels),
  });
  const perExample = (dtype: Dtype, values: ArrayBufferView): SafetensorsEntry => ({
    ...{ dtype, shape: [n] },
    data: bytesOf(values),
  });
  const tensors = new Map<string, SafetensorsEntry>();
  if (clean.length > 0) tensors.set('clean', images('F32', clean));
  if (published) {
    const index = BigInt64Array.from(records, (each) => BigInt(each.index));
    tensors.set('index', perExample('I64', index));
    tensors.set(
      'label',
      perExample(
        'I32',
        Int32Array.from(records, (each) => each.label),
      ),
    );
    tensors.set(
      'broken',
      perExample(
        'U8',
        Uint8Array.from(records, (each) => Number(each.brokenBy !== null)),
      ),
    );
    tensors.set('adversarial', quantised ? images('U8', quantised.pixels) : images('F32', strongest));
    if (quantised) tensors.set('survived', perExample('U8', quantised.survived));
  }
  if (strongest.length > 0 && !(published && !quantised)) tensors.set('strongest', images('F32', strongest));
  return tensors;
}

/**
 * Reads what {@link writeBlock} wrote.
 *
 * @param what is read, for messages
 * @throws FormatError for what is no such file, damaged, or of another run
 */
export async function readBlock(what: string, bytes: Uint8Array, seal: string): Promise<Block> {
  try {
    const { tensors, metadata } = readSafetensors(bytes);
    const { checksum, ...rest } = metadata;
    if ((await sha256(writeSafetensors(tensors, rest))) !== checksum) {
      throw new FormatError(what, 'is damaged: its checksum is another');
    }
    if (rest.seal !== seal) throw new FormatError(what, 'is of another run');
    const json = parseJson(what, rest.block) as BlockJson;
    checkOptions(what, json, blockRules);
    const floats = (name: string) => {
      const entry = tensors.get(name);
      return entry ? Float32Array.from(toTypedArray(entry) as Float32Array) : new Float32Array();
    };
    const bytesOf = (name: string) => tensors.get(name)?.data;
    const [pixels, survived] = [bytesOf('adversarial'), bytesOf('survived')];
    const isRounded = tensors.get('adversarial')?.dtype === 'U8';
    return {
      ...json,
      clean: floats('clean'),
      strongest: floats(isRounded || tensors.has('strongest') ? 'strongest' : 'adversarial'),
      ...(isRounded && pixels && survived && { quantised: { pixels: pixels.slice(), survived: survived.slice() } }),
    };
  } catch (error) {
    if (!isUserError(error) || error.message.startsWith(what)) throw error;
    throw new FormatError(what, error.message);
  }
}
