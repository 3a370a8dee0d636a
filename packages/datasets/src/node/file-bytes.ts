import { open } from 'node:fs/promises';
import { FormatError, said, show } from '@agoge/core';
import type { Bytes } from '../bytes/bytes';

/**
 * A file as {@link Bytes}: opened anew for each piece, so that there is nothing to close.
 *
 * @throws Error, with the path and the system's reason as `cause`, where the file cannot be opened
 * @throws FormatError, when read, if the file has become shorter
 */
export async function fileBytes(path: string): Promise<Bytes> {
  const opened = async () => {
    try {
      return await open(path);
    } catch (cause) {
      throw said(new Error(`fileBytes: ${show(path)} cannot be opened: ${(cause as Error).message}`, { cause }));
    }
  };
  const file = await opened();
  const { size } = await file.stat().finally(() => file.close());
  return {
    length: size,
    async read(from, to) {
      const handle = await opened();
      try {
        const buffer = new Uint8Array(to - from);
        let at = 0;
        while (at < buffer.length) {
          const { bytesRead } = await handle.read(buffer, at, buffer.length - at, from + at);
          if (bytesRead === 0) throw new FormatError(path, `has become shorter: it ended at byte ${from + at}`);
          at += bytesRead;
        }
        return buffer;
      } finally {
        await handle.close();
      }
    },
  };
}
