import { readFile } from 'node:fs/promises';
import { said, show } from '@agoge/core';

/** Reads a file that the user named. */
export async function readInput(option: string, path: string): Promise<Uint8Array> {
  try {
    const buffer = await readFile(path);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reasons: Record<string, string> = { ENOENT: 'there is no such file', EISDIR: 'it is a folder' };
    const reason = reasons[code ?? ''] ?? (cause as Error).message;
    throw said(new Error(`agoge: ${option} ${show(path)} cannot be read: ${reason}`, { cause }));
  }
}

/** As text. */
export async function readInputText(option: string, path: string): Promise<string> {
  return new TextDecoder().decode(await readInput(option, path));
}
