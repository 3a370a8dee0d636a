import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readImports } from './imports.mjs';

const folder = mkdtempSync(join(tmpdir(), 'agoge-imports-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(text) {
  const file = join(folder, 'x.ts');
  writeFileSync(file, text);
  const { imports, globals } = readImports(file);
  return { imports: imports.map(({ from, kind }) => `${kind} ${from}`), globals: globals.map(({ name }) => name) };
}

describe('readImports', () => {
  it.each([
    ["import a from 'a'", 'value a'],
    ["import 'a'", 'value a'],
    ["import { type A, b } from 'a'", 'value a'],
    ["import type { A } from 'a'", 'type a'],
    ["import { type A } from 'a'", 'type a'],
    ["export { b } from 'a'", 'value a'],
    ["export * from 'a'", 'value a'],
    ["export type { A } from 'a'", 'type a'],
    ["let x: import('a').A", 'type a'],
    ["const f = () => import('a')", 'dynamic a'],
  ])('%s', (text, expected) => {
    expect(read(text).imports).toEqual([expected]);
  });

  it('sees Node globals that are used unasked', () => {
    expect(read('const a = process.env.A; Buffer.from(a); f(__dirname);').globals).toEqual([
      'process',
      'Buffer',
      '__dirname',
    ]);
  });

  it.each([
    'const a = globalThis.process?.env',
    "const a = typeof process === 'undefined' ? '' : process.env.A",
    'const f = (process: number) => process + 1',
    'const a = { process: 1 }.process',
    'let a: NodeJS.Process | Buffer',
  ])('lets pass: %s', (text) => {
    expect(read(text).globals).toEqual([]);
  });
});
