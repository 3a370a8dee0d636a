import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { sortTables, sortTablesHash } from './sort-tables';

it('is the script whose hash the content policy names', () => {
  expect(sortTablesHash).toBe(`sha256-${createHash('sha256').update(sortTables.text).digest('base64')}`);
});
