import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isOutput, readReadme } from './readme.mjs';

const path = mkdtempSync(join(tmpdir(), 'agoge-readme-'));
afterAll(() => rmSync(path, { recursive: true }));

function read(text, manifest = {}) {
  writeFileSync(join(path, 'README.md'), text);
  return readReadme({ path, manifest });
}
const block = (info, body) => `\`\`\`${info}\n${body}\n\`\`\`\n`;

describe('readReadme', () => {
  it('finds the install line, the first example and the output below it', () => {
    const text = [
      block('sh', 'npm install @a/b c@1.2.0 --save # one'),
      block('ts', 'f();'),
      block('text', '3 ...'),
      block('js', 'g();'),
    ];
    expect(read(text.join('\n'))).toEqual({
      install: { '@a/b': '', c: '1.2.0' },
      example: { language: 'ts', nodeOnly: false, body: 'f();\n' },
      output: '3 ...',
    });
  });

  it('takes no output from further down, and knows an example for Node', () => {
    const { example, output } = read(`${block('js node', 'f();')}${block('js', 'g();')}${block('text', '3')}`);
    expect([example.nodeOnly, output]).toEqual([true, undefined]);
  });

  it('takes the commands with an output of a package that is a command', () => {
    const text = `${block('sh', 'npx a demo')}${block('sh', 'npx a --version')}${block('text', '1')}`;
    expect(read(text, { bin: {} }).example.body).toBe('npx a --version\n');
  });

  it('takes the program of a library that brings a command along', () => {
    const text = `${block('sh', 'npx a')}${block('text', '1')}${block('js', 'f();')}`;
    expect(read(text, { bin: {}, exports: { '.': {} } }).example.body).toBe('f();\n');
  });

  it('says what is missing', () => {
    expect(read('# a').missing).toMatch(/no example/);
    expect(readReadme({ path: join(path, 'none'), manifest: {} }).missing).toMatch(/README.md is missing/);
  });
});

describe('isOutput', () => {
  it('lets ... stand for anything on a line and nothing else for anything', () => {
    expect(isOutput('acc 0.1234 [a]\n', 'acc 0.12... [a]')).toBe(true);
    expect(isOutput('acc 0.1334 [a]', 'acc 0.12... [a]')).toBe(false);
    expect(isOutput('a\nb', 'a...')).toBe(false);
    expect(isOutput('axb', 'a.b')).toBe(false);
  });
});
