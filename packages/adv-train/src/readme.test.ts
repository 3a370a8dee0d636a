import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const load = (name: string) => import(name);
type Program = (load: (name: string) => Promise<unknown>, console: { log(...words: string[]): void }) => Promise<void>;
const AsyncFunction = (async () => {}).constructor as new (...source: string[]) => Program;

it('prints what it says', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const blocks = (language: string) =>
    [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, each]) => each === language).map(([, , body]) => body);
  const program = blocks('js')
    .join('')
    .replace(/^import (\{.*\}) from ('.*');$/gm, 'const $1 = await load($2);')
    .replace(/^import ('.*');$/gm, 'await load($1);');
  const printed: string[] = [];
  await new AsyncFunction('load', 'console', program)(load, { log: (...words) => void printed.push(words.join(' ')) });
  expect(printed.join('\n')).toBe(blocks('text').join('').trim());
}, 180_000);
