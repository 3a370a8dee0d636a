import { readFile } from 'node:fs/promises';
import { said, show } from '@agoge/core';

/**
 * Reads the text of a file that the user named.
 *
 * @param option where it was named, for the message
 */
export async function readInputText(option: string, path: string): Promise<string> {
  return new TextDecoder().decode(await readInputBytes(option, path));
}

/** Reads a file that the user named; `option` as for {@link readInputText}. */
export async function readInputBytes(option: string, path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reasons: Record<string, string> = { ENOENT: 'there is no such file', EISDIR: 'it is a folder' };
    const reason = reasons[code ?? ''] ?? (cause as Error).message;
    throw said(new Error(`agoge: ${option} ${show(path)} cannot be read: ${reason}`, { cause }));
  }
}
