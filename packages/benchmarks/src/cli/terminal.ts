import type { OnnxSettings } from '@agoge/backends';

/** Where a command writes: results to `stdout`, everything else to `stderr`. */
export interface Terminal {
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown; isTTY?: boolean };
}

/** What every command gets beside its own options. */
export interface Context extends Terminal {
  signal: AbortSignal;
  verbose: boolean;
  /** A name that `useBackend` knows. */
  backend: string;
  /** How the onnx backend runs, where anything is said of it. */
  onnx: OnnxSettings | undefined;
  /** The command as it was typed. */
  command: string;
  /** The exit code of a command that ends in order, 0 unless it is set. */
  setExitCode(code: number): void;
}

/** Rows under a head, columns as wide as they need be; the first to the left, the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const width = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(width[i]) : cell.padStart(width[i])))
      .join('  ')
      .trimEnd();
  const rule = width.map((each) => '─'.repeat(each)).join('  ');
  return `${[line(head), rule, ...rows.map(line)].join('\n')}\n`;
}
