import { FormatError, isUserError } from '@agoge/core';
import {
  type ColumnMetaData,
  type FileMetaData,
  parquetMetadata,
  parquetReadObjects,
  type SchemaElement,
} from 'hyparquet';
import type { Bytes } from '../bytes/bytes';
import { checkedPages } from './checked-pages';
import { compactStruct } from './compact-struct';

/** One column of a parquet file, which may lie in structs. */
export interface ParquetColumn {
  readonly path: readonly string[];
  readonly type: 'INT32' | 'INT64' | 'BYTE_ARRAY';
  /** Of the structs it lies in, and its own. */
  readonly elements: readonly SchemaElement[];
}

/** A parquet file of which the metadata was read. */
export interface ParquetFile {
  /** Rows of each of its row groups. */
  readonly groups: readonly number[];
  /** What its writer wrote into it, by key. */
  readonly notes: ReadonlyMap<string, string>;
  /** The column of a path, of a type that is read; `undefined` where there is none. */
  column(path: readonly string[]): ParquetColumn | undefined;
  /** The values of a column in one row group: numbers, bigints or bytes, one per row. */
  read(column: ParquetColumn, group: number): Promise<unknown[]>;
}

/** Bytes of metadata: a million rows of images have a tenth of it. */
const mostMetadata = 2 ** 23;
const magic = 'PAR1';

/**
 * Opens a parquet file, by hyparquet, which is given what was checked: it trusts the numbers of a file.
 *
 * Columns of whole numbers and bytes are read that lie in structs, not in lists; plain and by dictionary; not packed, or as
 * snappy, gzip or zstd.
 *
 * @param who the file's name, for messages
 * @throws FormatError for what is no parquet file or damaged
 * @see Apache Parquet, File Format
 */
export async function parquetFile(who: string, bytes: Bytes): Promise<ParquetFile> {
  const metadata = await readMetadata(who, bytes);
  const groups = metadata.row_groups.map(({ num_rows }) => Number(num_rows));
  const rows = groups.reduce((sum, each) => sum + each, 0);
  // An image has eight bytes at least.
  if (!(groups.every((each) => each >= 0) && rows <= bytes.length / 8)) {
    throw new FormatError(who, `says that it has ${rows} images in ${bytes.length} bytes`);
  }
  return {
    groups,
    notes: new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value ?? ''])),
    column(path) {
      const elements = elementsOf(metadata.schema, path);
      const type = elements?.at(-1)?.type;
      if (!elements || (type !== 'INT32' && type !== 'INT64' && type !== 'BYTE_ARRAY')) return undefined;
      return { path, type, elements };
    },
    read: (column, group) => readColumn(who, bytes, metadata, column, group),
  };
}

async function readMetadata(who: string, bytes: Bytes): Promise<FileMetaData> {
  const { length } = bytes;
  const tail = length < 12 ? new Uint8Array() : await bytes.read(length - 8, length);
  if (new TextDecoder().decode(tail.subarray(4)) !== magic) {
    throw new FormatError(who, `is no parquet file: its ${length} bytes do not end in ${magic}`);
  }
  const size = new DataView(tail.buffer, tail.byteOffset).getUint32(0, true);
  if (size > length - 12) throw new FormatError(who, `says that it has ${size} bytes of metadata, of ${length} in all`);
  if (size > mostMetadata)
    throw new FormatError(who, `has ${size} bytes of metadata, more than the ${mostMetadata} read`);
  const footer = await bytes.read(length - 8 - size, length);
  compactStruct(who, footer.subarray(0, size), 0);
  return guarded(who, async () => {
    const metadata = parquetMetadata(footer, { geoparquet: false });
    // hyparquet's types are what a sound file gives; of a damaged one, anything may be anything.
    const schema = metadata.schema.map((each) => ({ ...each, num_children: Number(each.num_children ?? 0) }));
    return { ...metadata, schema };
  });
}

/** The elements of a schema on the way to a column that is there once per row at most. */
function elementsOf(schema: readonly SchemaElement[], path: readonly string[]): SchemaElement[] | undefined {
  const elements: SchemaElement[] = [];
  let [at, siblings] = [1, schema[0]?.num_children ?? 0];
  for (const name of path) {
    for (; siblings > 0 && schema[at] !== undefined && schema[at].name !== name; siblings--) at = after(schema, at);
    const element = schema[at];
    if (siblings <= 0 || element === undefined || element.repetition_type === 'REPEATED') return undefined;
    elements.push(element);
    siblings = element.num_children ?? 0;
    at += 1;
  }
  return siblings === 0 ? elements : undefined;
}

/** Where the element after one and all that lies in it is. */
function after(schema: readonly SchemaElement[], at: number): number {
  let left = 1;
  for (; left > 0 && at < schema.length; at++) left += (schema[at].num_children ?? 0) - 1;
  return at;
}

async function readColumn(
  who: string,
  bytes: Bytes,
  metadata: FileMetaData,
  { path, type, elements }: ParquetColumn,
  group: number,
): Promise<unknown[]> {
  const where = `${who}: ${path.join('.')} of row group ${group}`;
  const { codec, rows, from, to } = await guarded(where, async () => {
    const { columns, num_rows } = metadata.row_groups[group];
    const facts = columns.find(({ meta_data }) => meta_data?.path_in_schema.join('\0') === path.join('\0'))?.meta_data;
    if (!facts || facts.type !== type) throw new FormatError(where, 'is not there');
    const from = Number(facts.dictionary_page_offset || facts.data_page_offset);
    return { codec: facts.codec, rows: Number(num_rows), from, to: from + Number(facts.total_compressed_size) };
  });
  if (!(Number.isSafeInteger(from) && from >= 4 && from <= to && to <= bytes.length)) {
    throw new FormatError(where, `says that it lies in bytes ${from} to ${to} of ${bytes.length}`);
  }
  // A buffer of its own, since hyparquet takes buffers and not views.
  const chunk = (await bytes.read(from, to)).slice();
  const optional = elements.filter(({ repetition_type }) => repetition_type === 'OPTIONAL').length;
  const pages = await checkedPages(where, chunk, { type, codec, rows, optional });
  const values: unknown[] = [];
  if (rows === 0) return values;

  // The file as if it had this column alone: of the rest of its metadata nothing is looked at.
  const [root] = metadata.schema;
  const num_rows = BigInt(rows);
  const meta_data: ColumnMetaData = {
    type,
    codec,
    encodings: [],
    path_in_schema: [...path],
    num_values: num_rows,
    total_uncompressed_size: 0n,
    total_compressed_size: BigInt(chunk.length),
    data_page_offset: 0n,
  };
  const found = await guarded(where, () =>
    parquetReadObjects({
      file: { byteLength: chunk.length, slice: (start, end) => chunk.buffer.slice(start, end) },
      metadata: {
        version: 1,
        schema: [{ name: root.name, num_children: 1 }, ...elements.map(bare)],
        num_rows,
        row_groups: [{ columns: [{ file_offset: 0n, meta_data }], num_rows, total_byte_size: 0n }],
        metadata_length: 0,
      },
      utf8: false,
      compressors: { [codec]: () => pages.shift() ?? new Uint8Array() },
    }),
  );
  for (const row of found)
    values.push(path.reduce<unknown>((value, name) => (value as Record<string, unknown>)?.[name], row));
  return values;
}

/** An element without what would make hyparquet convert its values. */
const bare = ({ name, type, repetition_type, num_children }: SchemaElement): SchemaElement => ({
  name,
  type,
  repetition_type,
  ...(num_children ? { num_children: 1 } : {}),
});

/** What hyparquet says of a file that it cannot read, as an error of ours. */
async function guarded<T>(who: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isUserError(error)) throw error;
    throw new FormatError(who, `cannot be read: ${(error as Error).message}`);
  }
}
