import { FormatError, show } from '@agoge/core';
import { type Bytes, bytesOf, wholeOf } from '../bytes/bytes';
import { partOf } from '../bytes/part-of';
import { isNumberType, type NumberType, widthOf } from './number-types';

/** An array of numbers in a `.npy` file. */
export interface NpyArray {
  shape: number[];
  type: NumberType;
  little: boolean;
  /** Its numbers in C order, the last index running fastest. */
  data: Bytes;
}

/** Of the head, in bytes: numpy's own limit is 10,000. */
const mostHead = 2 ** 16;
/** Of sizes, in number, as in numpy. */
const mostRank = 32;

/**
 * Opens an array of numbers in a `.npy` file, of version 1, 2 or 3: only its head is read, but for an array in Fortran order,
 * which is read whole and turned round in memory.
 *
 * @param who the file's name, for messages
 * @param most bytes of an array in Fortran order that are read
 * @throws FormatError for objects (which are pickled), records, text, complex numbers and dates, and for a file that is damaged,
 * shorter or longer than its shape says
 * @see NumPy, numpy.lib.format, "NPY format"
 */
export async function openNpy(who: string, bytes: Bytes, most: number): Promise<NpyArray> {
  const { text, start } = await headOf(who, bytes);
  const { descr, fortran, shape } = fieldsOf(who, text);
  const name = descr.slice(1);
  if (!/^[<>|=]/.test(descr) || !isNumberType(name))
    throw new FormatError(who, `holds ${kindOf(descr)}; only numbers are read`);
  const width = widthOf(name);
  const size = shape.reduce((product, each) => product * each, width);
  if (size !== bytes.length - start) {
    throw new FormatError(
      who,
      `holds ${bytes.length - start} bytes of data, its shape (${shape.join(', ')}) of ${descr} says ${size}`,
    );
  }
  const stored = partOf(bytes, start, bytes.length);
  const isTurned = fortran && shape.filter((each) => each > 1).length > 1;
  const data = isTurned ? bytesOf(inRowOrder(await wholeOf(who, stored, most), shape, width)) : stored;
  return { shape, type: name, little: descr[0] !== '>', data };
}

async function headOf(who: string, bytes: Bytes): Promise<{ text: string; start: number }> {
  const first = await bytes.read(0, Math.min(12, bytes.length));
  const magic = String.fromCharCode(...first.subarray(0, 6));
  const [version, minor] = first.subarray(6);
  if (magic !== '\x93NUMPY' || first.length < 12) throw new FormatError(who, 'is no .npy file');
  if (![1, 2, 3].includes(version) || minor !== 0) {
    throw new FormatError(who, `is a .npy file of version ${version}.${minor}; 1.0, 2.0 and 3.0 are read`);
  }
  const view = new DataView(first.buffer, first.byteOffset, first.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const from = version === 1 ? 10 : 12;
  if (length > mostHead)
    throw new FormatError(who, `has a head of ${length} bytes, more than the ${mostHead} that are read`);
  if (from + length > bytes.length) throw new FormatError(who, `is cut short: its head has ${from + length} bytes`);
  return { text: new TextDecoder().decode(await bytes.read(from, from + length)), start: from + length };
}

interface Fields {
  descr: string;
  fortran: boolean;
  shape: number[];
}

/** The three fields of a head, a literal of Python's; it is matched, never run. */
function fieldsOf(who: string, text: string): Fields {
  const damaged = () => new FormatError(who, `has a head that is none: ${show(text.trim())}`);
  let rest = text;
  const field = (name: string, value: string): string => {
    const found = new RegExp(`(['"])${name}\\1\\s*:\\s*(${value})\\s*(,|(?=\\}))`).exec(rest);
    if (!found) throw damaged();
    rest = rest.slice(0, found.index) + rest.slice(found.index + found[0].length);
    return found[2];
  };
  if (/(['"])descr\1\s*:\s*[[(]/.test(rest)) throw new FormatError(who, 'holds records; only numbers are read');
  const descr = field('descr', `'[^'\\\\]*'|"[^"\\\\]*"`).slice(1, -1);
  const fortran = field('fortran_order', 'True|False') === 'True';
  const sizes = field('shape', '\\(\\s*(?:\\d{1,15}L?\\s*(?:,\\s*\\d{1,15}L?\\s*)*,?\\s*)?\\)');
  if (!/^\s*\{\s*\}\s*$/.test(rest)) throw damaged();
  const shape = (sizes.match(/\d+/g) ?? []).map(Number);
  if (shape.length > mostRank)
    throw new FormatError(who, `has ${shape.length} dimensions, more than the ${mostRank} that are read`);
  return { descr, fortran, shape };
}

/** What a type of numpy's is, in words. */
function kindOf(descr: string): string {
  const kinds: Readonly<Record<string, string>> = {
    O: 'objects, which are pickled',
    V: 'records',
    S: 'text',
    U: 'text',
    c: 'complex numbers',
    m: 'times',
    M: 'dates',
  };
  return kinds[descr[1]] ?? `values of the unknown type ${show(descr)}`;
}

/** Values whose first index runs fastest, as values whose last one does. */
function inRowOrder(values: Uint8Array, shape: readonly number[], width: number): Uint8Array {
  const out = new Uint8Array(values.length);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, each) => product * each, width));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < out.length; to += width) {
    for (let byte = 0; byte < width; byte++) out[to + byte] = values[from + byte];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] += 1;
      from += strides[axis];
      if (index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return out;
}
