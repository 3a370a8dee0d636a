import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a package's README promises a newcomer: what its first `npm install` line names, as `{ name: version }`; its example;
 * and the output given in a `text` block right below, where `...` stands for anything. The example is the first `js` or
 * `ts` block (```` ```js node ```` for one that makes no sense in a browser); of a package that is a command, the first
 * `sh` block with `npx` lines that has an output.
 */
export function readReadme({ path, manifest }) {
  const file = join(path, 'README.md');
  if (!existsSync(file)) return { missing: 'README.md is missing' };
  const blocks = [...readFileSync(file, 'utf8').matchAll(/^```([^\n`]*)\n(.*?)^```$/gms)].map(([, info, body]) => ({
    words: info.trim().split(/\s+/),
    body,
  }));
  const outputAfter = (at) => (blocks[at + 1]?.words[0] === 'text' ? blocks[at + 1].body.trim() : undefined);
  // One with a bin beside what it exports is a library all the same.
  const isCommand = manifest.bin && !manifest.exports?.['.'];
  const at = isCommand
    ? blocks.findIndex(({ words, body }, i) => words[0] === 'sh' && /^npx /m.test(body) && outputAfter(i))
    : blocks.findIndex(({ words }) => words[0] === 'js' || words[0] === 'ts');
  if (at < 0)
    return { missing: `README.md has no example: a block of ${isCommand ? 'sh with its output' : 'js or ts'}` };
  const { words, body } = blocks[at];
  return {
    install: installed(blocks),
    example: { language: words[0], nodeOnly: words.includes('node'), body },
    output: outputAfter(at),
  };
}

function installed(blocks) {
  const line = blocks
    .filter(({ words }) => words[0] === 'sh')
    .flatMap(({ body }) => body.split('\n'))
    .map((each) => each.match(/^npm (?:install|i) ([^#]+)/)?.[1])
    .find(Boolean);
  if (!line) return undefined;
  const named = line
    .trim()
    .split(/\s+/)
    .filter((each) => !each.startsWith('-'));
  return Object.fromEntries(named.map((each) => each.match(/^(@?[^@]+)@?(.*)$/).slice(1)));
}

/** Whether what was printed is what a README says, with `...` for anything on a line. */
export function isOutput(printed, expected) {
  const pattern = expected.split('...').map((each) => each.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*?')}$`).test(printed.trim());
}
