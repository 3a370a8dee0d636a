import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isUserError, said, sha256, show } from '@agoge/core';
import { type EvaluationResult, readResult } from '../../evaluation-result';
import { leaderboard } from '../../leaderboard/leaderboard';
import { leaderboardMarkdown } from '../../leaderboard/leaderboard-markdown';
import { leaderboardPage } from '../../leaderboard/leaderboard-page';
import { isPublished, type PublishedModel, readPublished } from '../../leaderboard/published';
import { readInputText } from '../input-files';
import { checkWritable, linkTo, writeWhole } from '../output-files';
import type { Context } from '../terminal';

export interface LeaderboardCommand {
  out: string;
  markdown?: string;
  title?: string;
  dataName: string[];
}

/** `agoge leaderboard`. */
export async function writeLeaderboard(
  paths: readonly string[],
  options: LeaderboardCommand,
  context: Context,
): Promise<void> {
  const { out, markdown, title } = options;
  await checkWritable('--out', out, 'file');
  if (markdown !== undefined) await checkWritable('--markdown', markdown, 'file');
  const dataNames = namesOf(options.dataName);
  const results: EvaluationResult[] = [];
  const published: PublishedModel[] = [];
  const doubts: Record<number, string[]> = {};
  const unread: { file: string; why: string }[] = [];
  let passedOver = 0;
  for (const file of (await Promise.all(paths.map(jsonFiles))).flat()) {
    const text = await readInputText('file', file);
    const kind = kindOf(text);
    if (kind === 'other') {
      passedOver++;
      continue;
    }
    try {
      if (kind === 'published') published.push(readPublished(text, file, basename(dirname(resolve(file)))));
      else {
        const result = readResult(text, file);
        const doubt = await weightsDoubt(file, result);
        if (doubt !== undefined) doubts[results.length] = [doubt];
        results.push(result);
      }
    } catch (error) {
      if (!isUserError(error)) throw error;
      unread.push({ file, why: error.message.replace(`${file}: `, '') });
    }
  }
  for (const { file, why } of unread) context.stderr.write(`warning: ${file}: ${why}\n`);
  if (passedOver > 0) context.stderr.write(`${passedOver} JSON files are no results and were passed over\n`);
  if (results.length + published.length === 0) {
    throw said(new TypeError(`agoge leaderboard: ${paths.map(show).join(', ')} hold no result of agoge evaluate`));
  }
  const board = leaderboard(results, { published, dataNames, doubts });
  await writeWhole(out, leaderboardPage(board, { ...(title !== undefined && { title }), unread }));
  if (markdown !== undefined) await writeWhole(markdown, leaderboardMarkdown(board, title));
  context.stdout.write(`${linkTo(out)}\n`);
}

/** A file itself; of a folder all JSON below it, in the order of their names. */
async function jsonFiles(path: string): Promise<string[]> {
  if (!(await stat(path).catch(() => undefined))?.isDirectory()) return [path];
  const found = await readdir(path, { recursive: true, withFileTypes: true });
  return found
    .filter((each) => each.isFile() && each.name.endsWith('.json'))
    .map((each) => join(each.parentPath, each.name))
    .sort();
}

function kindOf(text: string): 'result' | 'published' | 'other' {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'other';
  }
  if (String((value as { schema?: unknown } | null)?.schema).startsWith('agoge/evaluation@')) return 'result';
  return isPublished(value) ? 'published' : 'other';
}

/** Weights that lie beside a result and are not those that it was measured with. */
async function weightsDoubt(file: string, { model }: EvaluationResult): Promise<string | undefined> {
  const { weights } = model as { weights?: { file?: unknown; sha256?: unknown } | null };
  if (typeof weights?.file !== 'string' || basename(weights.file) !== weights.file) return undefined;
  const bytes = await readFile(join(dirname(file), weights.file)).catch(() => undefined);
  if (bytes === undefined || (await sha256(bytes)) === weights.sha256) return undefined;
  return `${weights.file} beside it is not what was measured: its hash is another (weights)`;
}

/** `HASH=NAME`. */
function namesOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, hash, name] = /^([0-9a-f]{64})=(.+)$/.exec(pair) ?? [];
      if (hash === undefined) {
        throw said(
          new TypeError(`agoge leaderboard: --data-name must be the sha256 of the images = a name, got ${show(pair)}`),
        );
      }
      return [hash, name];
    }),
  );
}
